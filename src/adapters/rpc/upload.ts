/** A unary call over HTTP/2 must have come whole in time: its caller's deadline begins only then. */
import { constants, Http2ServerRequest } from "node:http2";

/** HTTP/1.1 has the server's own `requestTimeout` for it. */
export function boundUpload(request: object, timeoutMs: number): void {
  if (!(request instanceof Http2ServerRequest)) return;
  const { stream } = request;
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), timeoutMs);
  const stop = () => clearTimeout(timer);
  stream.once("end", stop);
  stream.once("close", stop);
}
