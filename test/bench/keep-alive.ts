/** A lean HTTP/1.1 client: one connection, one request after the other, so that it takes little of the machine it measures on. */
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** Status line and headers, as sent. */
  readonly head: string;
  readonly body: string;
}

export interface Connection {
  /** Sends what `message` has made, and waits for the whole answer. */
  ask(message: string): Promise<Answer>;
  close(): void;
}

export interface Question {
  readonly method: "GET" | "POST" | "PUT";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** ASCII. */
  readonly body?: string;
}

/** A request as it stands on the wire. */
export function message({ method, path, headers = {}, body }: Question): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === undefined ? "" : `content-length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join("")}${length}\r\n${body ?? ""}`;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(speak(socket));
    });
  });
}

function speak(socket: Socket): Connection {
  let waiting: Waiting | undefined;
  let received = "";
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.setEncoding("latin1");
  socket.on("error", fail).on("close", () => fail(new Error("The server closed the connection.")));
  socket.on("data", (chunk: string) => {
    received = received === "" ? chunk : received + chunk;
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = "";
    const asked = waiting;
    waiting = undefined;
    asked?.resolve(answer);
  });
  return {
    ask: (text) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error("The connection is closed."));
        waiting = { resolve, reject };
        socket.write(text, "latin1");
      }),
    close: () => socket.destroy(),
  };
}

/** Undefined while something is missing. */
function readAnswer(text: string): Answer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const status = Number(head.slice(9, 12));
  if (length === undefined && status !== 204 && status !== 304) throw new Error(`An answer without a length: ${head}`);
  if (text.length < end + 4 + Number(length ?? 0)) return undefined;
  return { status, head, body: text.slice(end + 4) };
}

/** The value of a header; "" when it is not there. */
export function header(answer: Answer, name: string): string {
  return new RegExp(`\\r\\n${name}: ([^\\r]*)`, "i").exec(answer.head)?.[1] ?? "";
}

/** Every value of a header that may come more than once. */
export function headerValues(answer: Answer, name: string): string[] {
  return [...answer.head.matchAll(new RegExp(`\\r\\n${name}: ([^\\r]*)`, "gi"))].map((match) => match[1] ?? "");
}
