/** A TCP proxy that loses what a test tells it to. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface TestProxy {
  readonly port: number;
  /** The next piece from the server that holds this text is thrown away, and its connection with it. */
  loseAnswer(text: string): void;
  /** The next piece for the server that holds this text is thrown away, and its connection with it. */
  loseRequest(text: string): void;
  /** The next piece for the server that holds this text arrives; what it answers is thrown away, and the connection. */
  loseAnswerTo(text: string, andThen?: () => void): void;
  /** Cuts every connection, and every one that comes, until `restore`. */
  cut(): void;
  /** Keeps every connection, and every one that comes, without a word, until `restore`. */
  stall(): void;
  restore(): void;
  /** How many pieces have been thrown away. */
  readonly losses: number;
  /** How many connections have come. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<TestProxy> {
  const pairs = new Set<() => void>();
  const sockets = new Set<Socket>();
  const losing: Losing = { answer: null, request: null, answerTo: null, andThen: () => {}, losses: 0 };
  let isCut = false;
  let isStalled = false;
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
    const pair = { losesAnswer: false };
    forward({ from: client, to: target, losing, pair, what: "request", end });
    forward({ from: target, to: client, losing, pair, what: "answer", end });
    for (const socket of [client, target]) {
      sockets.add(socket.once("close", () => sockets.delete(socket)));
      if (isStalled) socket.pause();
    }
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
    loseAnswerTo: (text, andThen = () => {}) => {
      losing.answerTo = text;
      losing.andThen = andThen;
    },
    cut,
    stall: () => {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    restore: () => {
      isCut = false;
      isStalled = false;
      for (const socket of sockets) socket.resume();
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
  answerTo: string | null;
  andThen: () => void;
  losses: number;
}

interface Way {
  readonly from: Socket;
  readonly to: Socket;
  readonly losing: Losing;
  readonly pair: { losesAnswer: boolean };
  readonly what: "answer" | "request";
  readonly end: () => void;
}

function forward({ from, to, losing, pair, what, end }: Way): void {
  from.on("data", (chunk: Buffer) => {
    const text = losing[what];
    const isLost = (what === "answer" && pair.losesAnswer) || (text !== null && chunk.includes(text));
    if (isLost) {
      losing.losses += 1;
      end();
      if (pair.losesAnswer) losing.andThen();
      else losing[what] = null;
      return;
    }
    if (what === "request" && losing.answerTo !== null && chunk.includes(losing.answerTo)) {
      losing.answerTo = null;
      pair.losesAnswer = true;
    }
    to.write(chunk);
  });
}
