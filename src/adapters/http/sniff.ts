/** Which protocol a cleartext connection speaks: its first bytes say it. */
import type net from "node:net";

/** The first bytes of a client that speaks HTTP/2 with prior knowledge (RFC 9113 §3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export interface Sniffer {
  /** Holds a connection back until its first bytes have come, then hands it on with every byte still in it. */
  take(socket: net.Socket): void;
  /** Closes the connections that have not said anything yet. */
  drop(): void;
}

export function sniffer(timeoutMs: number, hand: (socket: net.Socket, isHttp2: boolean) => void): Sniffer {
  const waiting = new Set<net.Socket>();
  return {
    take(socket) {
      const drop = () => socket.destroy();
      // A timer and not the socket's own timeout: who sends one byte at a time must not get a new term with each.
      const timer = setTimeout(drop, timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        waiting.delete(socket);
        socket.off("error", drop).off("end", drop).off("close", settle);
      };
      waiting.add(socket);
      socket.on("error", drop).on("end", drop).on("close", settle);
      whenKnown(socket, (isHttp2) => {
        settle();
        hand(socket, isHttp2);
      });
    },
    drop() {
      for (const socket of waiting) socket.destroy();
    },
  };
}

function whenKnown(socket: net.Socket, then: (isHttp2: boolean) => void): void {
  let head: Buffer = Buffer.alloc(0);
  const look = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) head = Buffer.concat([head, chunk]);
    const length = Math.min(head.length, preface.length);
    const isAlike = head.compare(preface, 0, length, 0, length) === 0;
    if (isAlike && length < preface.length) {
      socket.once("readable", look);
      return;
    }
    socket.unshift(head);
    then(isAlike);
  };
  look();
}
