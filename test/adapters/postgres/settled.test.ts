/** Writes whose connection died before the answer. */
import { describe, expect, test } from "vitest";
import { ConnectionLost } from "../../../src/adapters/postgres/failures.ts";
import { settled } from "../../../src/adapters/postgres/settled.ts";
import { unavailable } from "../../../src/protocol/errors.ts";

const lost = () => unavailable(new ConnectionLost("unknown", new Error("cut")));
const away = () => unavailable(new ConnectionLost("none", new Error("refused")));

/** Each call takes the next of the outcomes; an Error is thrown. */
function finds(...outcomes: Array<string | undefined | Error>): () => Promise<string | undefined> {
  return async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
}

function runs(...outcomes: Array<string | Error>): () => Promise<string> {
  const next = finds(...outcomes);
  return async () => (await next()) ?? "run too often";
}

describe("a write with an unknown outcome", () => {
  test("is done when its mark stands", async () => {
    expect(await settled({ run: runs(lost()), find: finds("done") })).toBe("done");
  });

  test("is run once more when its mark does not stand", async () => {
    expect(await settled({ run: runs(lost(), "done"), find: finds(undefined, undefined) })).toBe("done");
  });

  test("that lost to its own first run is done, never a replay", async () => {
    expect(await settled({ run: runs(lost(), "lost"), find: finds(undefined, "done") })).toBe("done");
  });

  test("that lost to another's run is lost", async () => {
    expect(await settled({ run: runs(lost(), "lost"), find: finds(undefined, undefined) })).toBe("lost");
  });

  test("is asked for again until the database is back", async () => {
    expect(await settled({ run: runs(lost()), find: finds(away(), away(), "done") })).toBe("done");
  });

  test("is unavailable when the database stays away", async () => {
    const find = async (): Promise<undefined> => Promise.reject(away());
    await expect(settled({ run: runs(lost()), find }, 20)).rejects.toMatchObject({
      code: "temporarily_unavailable",
    });
  });

  test("is told from one that was never sent, which is unavailable at once", async () => {
    let asked = 0;
    const find = async () => {
      asked += 1;
      return "done";
    };
    await expect(settled({ run: runs(away()), find })).rejects.toMatchObject({ code: "temporarily_unavailable" });
    await expect(settled({ run: runs(unavailable("busy")), find })).rejects.toThrow();
    expect(asked).toBe(0);
  });

  test("does not hide a fault of the program", async () => {
    const find = async (): Promise<undefined> => Promise.reject(new TypeError("a bug"));
    await expect(settled({ run: runs(lost()), find })).rejects.toThrow("a bug");
  });
});
