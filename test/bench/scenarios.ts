/** What is measured: each scenario prepares its world and answers one step for each worker. */
import {
  type BenchClient,
  createClient,
  formType,
  type Party,
  read,
  requestsPerFlow,
  requestsPerImplicit,
  runFlow,
  runImplicit,
  type Tokens,
} from "./browser-flow.ts";
import { createDeviceClient, requestsPerDevice, runDeviceFlow } from "./device-flow.ts";
import { bearerRequests } from "./jwt-bearer.ts";
import { type Connection, message } from "./keep-alive.ts";
import { createLogoutClient, requestsPerLogout, runLogout } from "./logout.ts";

/** The connections of one worker. */
export interface Line {
  readonly visitor: Connection;
  readonly admin: Connection;
}

/** One operation; throws when its answer is not the one that was to come. */
export type Step = () => Promise<void>;

export interface Scenario {
  readonly name: string;
  /** The bare route that it is compared with. */
  readonly floor: "bare form POST" | "bare GET" | "bare client GET";
  /** HTTP requests in one operation. */
  readonly requests: number;
  prepare(lines: readonly Line[]): Promise<readonly Step[]>;
}

const credentials = "grant_type=client_credentials&scope=read";

export const scenarios: readonly Scenario[] = [
  { name: "cc-opaque", floor: "bare form POST", requests: 1, prepare: (lines) => clientCredentials(lines, {}) },
  {
    name: "cc-jwt",
    floor: "bare form POST",
    requests: 1,
    prepare: (lines) => clientCredentials(lines, { access_token_strategy: "jwt" }),
  },
  { name: "jwt-bearer", floor: "bare form POST", requests: 1, prepare: bearers },
  { name: "introspect", floor: "bare form POST", requests: 1, prepare: introspections },
  { name: "refresh", floor: "bare form POST", requests: 1, prepare: refreshes },
  { name: "code-flow", floor: "bare form POST", requests: requestsPerFlow, prepare: codeFlows },
  { name: "implicit", floor: "bare form POST", requests: requestsPerImplicit, prepare: implicits },
  { name: "device-flow", floor: "bare form POST", requests: requestsPerDevice, prepare: deviceFlows },
  { name: "logout", floor: "bare form POST", requests: requestsPerLogout, prepare: logouts },
  { name: "register", floor: "bare form POST", requests: 1, prepare: registrations },
  { name: "userinfo", floor: "bare GET", requests: 1, prepare: userinfos },
  { name: "get-client", floor: "bare client GET", requests: 1, prepare: clientReads },
  { name: "discovery", floor: "bare GET", requests: 1, prepare: (lines) => gets(lines, "openid-configuration") },
  { name: "jwks", floor: "bare GET", requests: 1, prepare: (lines) => gets(lines, "jwks.json") },
];

/** The bare routes are asked what the real ones are asked. */
export const floors: readonly Scenario[] = [
  {
    name: "bare form POST",
    floor: "bare form POST",
    requests: 1,
    prepare: async (lines) => {
      const basic = `Basic ${Buffer.from(`${"i".repeat(36)}:${"s".repeat(26)}`).toString("base64")}`;
      return repeated(lines, message({ method: "POST", path: "/form", headers: form(basic), body: credentials }));
    },
  },
  {
    name: "bare GET",
    floor: "bare GET",
    requests: 1,
    prepare: async (lines) => repeated(lines, message({ method: "GET", path: "/json" })),
  },
  {
    name: "bare client GET",
    floor: "bare client GET",
    requests: 1,
    prepare: async (lines) => repeated(lines, message({ method: "GET", path: "/client" })),
  },
];

function form(basic: string): Record<string, string> {
  return { ...formType, authorization: basic };
}

function repeated(lines: readonly Line[], text: string): Step[] {
  return lines.map(({ visitor }) => async () => {
    const { status, body } = await visitor.ask(text);
    if (status !== 200) throw new Error(`${status}: ${body}`);
  });
}

function gets(lines: readonly Line[], page: string): Promise<Step[]> {
  return Promise.resolve(repeated(lines, message({ method: "GET", path: `/.well-known/${page}` })));
}

async function clientCredentials(lines: readonly Line[], over: object): Promise<Step[]> {
  return repeated(lines, credentialsMessage(await createClient(first(lines).admin, over)));
}

function credentialsMessage({ basic }: BenchClient): string {
  return message({ method: "POST", path: "/oauth2/token", headers: form(basic), body: credentials });
}

async function bearers(lines: readonly Line[]): Promise<Step[]> {
  const { visitor, admin } = first(lines);
  const request = await bearerRequests(visitor, admin);
  return lines.map((line) => async () => void read<Tokens>(await line.visitor.ask(request()), 200));
}

async function clientReads(lines: readonly Line[]): Promise<Step[]> {
  const { id } = await createClient(first(lines).admin);
  const text = message({ method: "GET", path: `/admin/clients/${id}` });
  return lines.map(
    ({ admin }) =>
      async () =>
        void read<object>(await admin.ask(text), 200),
  );
}

/** Of 200 tokens, so that the database is asked for more than one row. */
async function introspections(lines: readonly Line[]): Promise<Step[]> {
  const { visitor, admin } = first(lines);
  const ask = credentialsMessage(await createClient(admin));
  const questions: string[] = [];
  while (questions.length < 200) {
    const body = `token=${read<Tokens>(await visitor.ask(ask), 200).access_token}`;
    questions.push(message({ method: "POST", path: "/admin/oauth2/introspect", headers: formType, body }));
  }
  return lines.map((line, worker) => {
    let turn = worker * 7;
    return async () => {
      turn += 1;
      const got = await line.admin.ask(questions[turn % questions.length] ?? "");
      if (!got.body.startsWith('{"active":true')) throw new Error(`${got.status}: ${got.body}`);
    };
  });
}

/** Each worker has a family of its own and always presents the newest token. */
async function refreshes(lines: readonly Line[]): Promise<Step[]> {
  const client = await createClient(first(lines).admin);
  return Promise.all(
    lines.map(async (line, worker) => {
      let token = (await runFlow(party(line, client), `user-${worker}`)).refresh_token;
      return async () => {
        const body = `grant_type=refresh_token&refresh_token=${token}`;
        const question = message({ method: "POST", path: "/oauth2/token", headers: form(client.basic), body });
        token = read<Tokens>(await line.visitor.ask(question), 200).refresh_token;
      };
    }),
  );
}

async function codeFlows(lines: readonly Line[]): Promise<Step[]> {
  const client = await createClient(first(lines).admin);
  return lines.map((line, worker) => async () => void (await runFlow(party(line, client), `user-${worker}`)));
}

async function implicits(lines: readonly Line[]): Promise<Step[]> {
  const types = { grant_types: ["implicit"], response_types: ["id_token token"] };
  const client = await createClient(first(lines).admin, types);
  return lines.map((line, worker) => () => runImplicit(party(line, client), `user-${worker}`));
}

async function deviceFlows(lines: readonly Line[]): Promise<Step[]> {
  const client = await createDeviceClient(first(lines).admin);
  return lines.map((line, worker) => async () => void (await runDeviceFlow(party(line, client), `user-${worker}`)));
}

async function logouts(lines: readonly Line[]): Promise<Step[]> {
  const client = await createLogoutClient(first(lines).admin);
  return lines.map((line, worker) => () => runLogout(party(line, client), `user-${worker}`));
}

/** RFC 7591: one client more with each. */
async function registrations(lines: readonly Line[]): Promise<Step[]> {
  const body = JSON.stringify({ client_name: "A stranger", redirect_uris: ["https://app.example/callback"] });
  const headers = { "content-type": "application/json" };
  const question = message({ method: "POST", path: "/oauth2/register", headers, body });
  return lines.map(
    ({ visitor }) =>
      async () =>
        void read(await visitor.ask(question), 201),
  );
}

async function userinfos(lines: readonly Line[]): Promise<Step[]> {
  const line = first(lines);
  const tokens = await runFlow(party(line, await createClient(line.admin)), "alice");
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  return repeated(lines, message({ method: "GET", path: "/userinfo", headers }));
}

function party(line: Line, client: BenchClient): Party {
  return { ...line, client };
}

function first(lines: readonly Line[]): Line {
  const [line] = lines;
  if (line === undefined) throw new Error("At least one connection is needed.");
  return line;
}
