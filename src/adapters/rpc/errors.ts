/** A refusal as gRPC and Connect say it: a strict code, a stable reason, the field at fault. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.js";
import type { OAuthError } from "../../protocol/errors.ts";

/** Whose reasons they are (google.rpc.ErrorInfo). */
const errorDomain = "tessera";

const codes: Readonly<Record<OAuthError["status"]["grpc"], Code>> = {
  InvalidArgument: Code.InvalidArgument,
  Unauthenticated: Code.Unauthenticated,
  FailedPrecondition: Code.FailedPrecondition,
  PermissionDenied: Code.PermissionDenied,
  Internal: Code.Internal,
  Unavailable: Code.Unavailable,
  Unimplemented: Code.Unimplemented,
  NotFound: Code.NotFound,
  AlreadyExists: Code.AlreadyExists,
  Aborted: Code.Aborted,
  ResourceExhausted: Code.ResourceExhausted,
  DeadlineExceeded: Code.DeadlineExceeded,
  OutOfRange: Code.OutOfRange,
};

/** The cause stays behind: what the error carries is all that its caller may see. */
export function toConnectError(error: OAuthError): ConnectError {
  const { cursor, field, redirectTo, retryAfterSeconds } = error.details;
  const answer = new ConnectError(error.message, codes[error.status.grpc]);
  const metadata: Record<string, string> = redirectTo === undefined ? {} : { redirect_to: redirectTo };
  if (cursor !== undefined) metadata.cursor = cursor;
  answer.details.push({ desc: ErrorInfoSchema, value: { reason: error.code, domain: errorDomain, metadata } });
  if (field !== undefined && field !== "") {
    const fieldViolations = [{ field, description: error.message, reason: error.code }];
    answer.details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (retryAfterSeconds !== undefined) {
    const retryDelay = { seconds: BigInt(Math.ceil(retryAfterSeconds)), nanos: 0 };
    answer.details.push({ desc: RetryInfoSchema, value: { retryDelay } });
  }
  return answer;
}
