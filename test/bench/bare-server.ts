/** The floor: what Fastify alone costs for a form that is answered in JSON, and for JSON that is read. */
import fastify from "fastify";

const token = {
  access_token: `tsr_at_${"x".repeat(43)}`,
  expires_in: 3600,
  scope: "read",
  token_type: "bearer",
};

const app = fastify();
app.addContentTypeParser<string>("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
  done(null, new URLSearchParams(body)),
);
app.post("/form", async () => token);
app.get("/json", async () => token);
const url = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${url}\n`);
