/** Requests that have begun and not ended, for what happens to a server meanwhile. */
import net from "node:net";
import { onTestFinished } from "vitest";
import type { TestClient } from "./code-flow.ts";
import { basic } from "./server.ts";

interface Posted {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  readonly authorization?: string;
}

export function tokenRequest({ id, secret }: TestClient): Posted {
  return {
    path: "/oauth2/token",
    type: "application/x-www-form-urlencoded",
    body: "grant_type=client_credentials&scope=read",
    authorization: basic(id, secret).authorization ?? "",
  };
}

interface Half {
  /** Sends the rest; what the server has said when it closes the connection. */
  finish(): Promise<string>;
}

/** A request whose header has been read for certain, and whose body is still to come. */
export async function halfRequest(url: string, { path, type, body, authorization = "" }: Posted): Promise<Half> {
  const socket = opened(url);
  const heard = hearing(socket);
  const length = Buffer.byteLength(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    "Expect: 100-continue",
    ...(authorization === "" ? [] : [`Authorization: ${authorization}`]),
  ];
  const continued = new Promise((resolve) => socket.once("data", resolve));
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  await continued;
  return {
    finish() {
      socket.write(body);
      return heard.then((text) => text.replace("HTTP/1.1 100 Continue\r\n\r\n", ""));
    },
  };
}

/** A probe whose header has not ended. */
export function halfProbe(url: string, path: string): Half {
  const socket = opened(url);
  const heard = hearing(socket);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`);
  return {
    finish() {
      socket.write("\r\n");
      return heard;
    },
  };
}

function opened(url: string): net.Socket {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

function hearing(socket: net.Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.once("close", () => resolve(text));
  });
}
