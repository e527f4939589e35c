/** `/admin/metrics/prometheus`: what a Prometheus server scrapes. */
import type { Endpoint } from "../message.ts";

/** The whole text, in the exposition format that the content type names. */
export type Metrics = () => Promise<{ readonly contentType: string; readonly text: string }>;

export function metricsEndpoint(metrics: Metrics): Endpoint {
  return async () => {
    const { contentType, text } = await metrics();
    return { status: 200, headers: { "content-type": contentType }, body: text };
  };
}
