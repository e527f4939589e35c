/** A TCP proxy that loses what a test tells it to. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface TestProxy {
  readonly port: number;
  /** The next piece from the server that holds this text is thrown away, and its connection with it. */
  loseAnswer(text: string): void;
  /** The next piece for the server that holds this text is thrown away, and its connection with it. */
  loseRequest(text: string): void;
  /** Cuts every connection, and every one that comes, until `restore`. */
  cut(): void;
  restore(): void;
  /** How many pieces have been thrown away. */
  readonly losses: number;
  /** How many connections have come. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<TestProxy> {
  const pairs = new Set<() => void>();
  const losing: Losing = { answer: null, request: null, losses: 0 };
  let isCut = false;
  let connections = 0;

  const server = createServer((client) => {
    connections += 1;
    if (isCut) {
      client.destroy();
      return;
    }
    const target = connect(targetPort, "127.0.0.1");
    const end = () => {
      pairs.delete(end);
      client.destroy();
      target.destroy();
    };
    pairs.add(end);
    for (const socket of [client, target]) socket.on("error", end).on("close", end);
    forward({ from: client, to: target, losing, what: "request", end });
    forward({ from: target, to: client, losing, what: "answer", end });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();

  const cut = () => {
    isCut = true;
    for (const end of pairs) end();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    loseAnswer: (text) => {
      losing.answer = text;
    },
    loseRequest: (text) => {
      losing.request = text;
    },
    cut,
    restore: () => {
      isCut = false;
    },
    get losses() {
      return losing.losses;
    },
    get connections() {
      return connections;
    },
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}

interface Losing {
  answer: string | null;
  request: string | null;
  losses: number;
}

interface Way {
  readonly from: Socket;
  readonly to: Socket;
  readonly losing: Losing;
  readonly what: "answer" | "request";
  readonly end: () => void;
}

function forward({ from, to, losing, what, end }: Way): void {
  from.on("data", (chunk: Buffer) => {
    const text = losing[what];
    if (text === null || !chunk.includes(text)) {
      to.write(chunk);
      return;
    }
    losing[what] = null;
    losing.losses += 1;
    end();
  });
}
