/** The device page: which device is it, and is it yours? And the page that says it is done. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { DeviceRequest } from "../gen/tessera/flow/v1/device_flow_service_pb.js";
import { errorPage, noChallenge, staleForm } from "./error.ts";
import { type Html, html } from "./html.ts";
import { page } from "./layout.ts";
import { only, type Page, type PageReply, type PageRequest, redirect } from "./listener.ts";
import type { PageParts } from "./parts.ts";

export interface DevicePages {
  readonly show: Page;
  readonly answer: Page;
  readonly done: Page;
}

const deviceUrl = (challenge: string) => `/device?device_challenge=${encodeURIComponent(challenge)}`;

export function devicePages(parts: PageParts): DevicePages {
  const { frame, flows, csrf } = parts;
  return {
    async show(request) {
      const challenge = only(request.query, "device_challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      const userCode = only(request.query, "user_code");
      // Read either way: what is over leads on to a new one.
      const read = await tried(async () =>
        flows.device.getDevice({ deviceChallenge: challenge, userCode: userCode ?? "" }),
      );
      if ("wrong" in read) return form(parts, request, { challenge, userCode: "", wrong: read.wrong });
      const { device } = read.answer;
      // RFC 8628 §3.3.1: a code that came by a link is never taken without a question: the link may be another's.
      if (userCode === undefined || device === undefined) return form(parts, request, { challenge, userCode: "" });
      return question(parts, request, { device, userCode });
    },

    async answer(request) {
      const challenge = only(request.form, "challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      if (!csrf.isGenuine(request, purpose(challenge), only(request.form, "csrf"))) {
        return errorPage(frame, staleForm(deviceUrl(challenge)));
      }
      const userCode = only(request.form, "user_code") ?? "";
      const call = { deviceChallenge: challenge, device: { userCode } };
      const given = await tried(async () =>
        only(request.form, "answer") === "reject" ? flows.device.rejectDevice(call) : flows.device.acceptDevice(call),
      );
      if ("wrong" in given) return form(parts, request, { challenge, userCode, wrong: given.wrong });
      return redirect(given.answer.redirectTo);
    },

    done(request) {
      const client = only(request.query, "client_id");
      const body = html`<h1 id="device-done">Your device is connected</h1>
<p class="lead">You can close this page and go back to your device. It goes on by itself in a moment.</p>
${client !== undefined && html`<p class="note">The application is registered here as <code>${client}</code>.</p>`}`;
      return page({ ...frame, title: "Your device is connected", body });
    },
  };
}

const purpose = (challenge: string) => `device ${challenge}`;

interface Wrong {
  readonly status: number;
  readonly text: string;
}

/** The answer, or why the code was not taken; any other trouble is everybody's. */
async function tried<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer } | { wrong: Wrong }> {
  try {
    return { answer: await call() };
  } catch (error) {
    const code = error instanceof ConnectError ? error.code : undefined;
    if (code === Code.InvalidArgument) {
      return { wrong: { status: 422, text: "That code is not right, or it is too old. Look at your device again." } };
    }
    if (code === Code.ResourceExhausted) {
      return { wrong: { status: 429, text: "Too many codes were tried. Please wait a minute and try again." } };
    }
    throw error;
  }
}

interface CodeForm {
  readonly challenge: string;
  readonly userCode: string;
  readonly wrong?: Wrong;
}

function form(parts: PageParts, request: PageRequest, { challenge, userCode, wrong }: CodeForm): PageReply {
  const { token, setCookie } = parts.csrf.issue(request, purpose(challenge));
  const fault = wrong !== undefined && html` aria-invalid="true" aria-describedby="device-error"`;
  const body = html`<h1 id="device-title">Connect a device</h1>
<p class="lead">Type the code that your device shows.</p>
${wrong !== undefined && html`<p class="alarm" id="device-error" role="alert">${wrong.text}</p>`}
<form method="post" action="/device">
<input type="hidden" name="challenge" value="${challenge}">
<input type="hidden" name="csrf" value="${token}">
<div class="field">
<label for="user-code">Code</label>
<input type="text" class="code" id="user-code" name="user_code" value="${userCode}" maxlength="64" required autofocus
autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false"${fault}>
</div>
<div class="actions">
<button class="main" id="accept" name="answer" value="accept">Continue</button>
</div>
</form>
<p class="note">Nobody from this site ever sends you a code. If somebody asked you to type one, close this page.</p>`;
  return page({ ...parts.frame, title: "Connect a device", body, setCookie, status: wrong?.status ?? 200 });
}

interface Question {
  readonly device: DeviceRequest;
  readonly userCode: string;
}

/** RFC 8628 §5.4: the user compares the code with the device's, and learns whose application it is. */
function question(parts: PageParts, request: PageRequest, { device, userCode }: Question): PageReply {
  const { token, setCookie } = parts.csrf.issue(request, purpose(device.challenge));
  const client = device.client?.clientName || device.client?.clientId || "an application";
  const body = html`<h1 id="device-title">Connect ${client}?</h1>
<p class="lead">Go on only if a device of yours, in front of you, shows this very code:</p>
<p class="code" id="shown-code">${userCode}</p>
<form method="post" action="/device">
<input type="hidden" name="challenge" value="${device.challenge}">
<input type="hidden" name="csrf" value="${token}">
<input type="hidden" name="user_code" value="${userCode}">
<div class="actions">
<button class="main" id="accept" name="answer" value="accept">Yes, it does</button>
<button id="reject" name="answer" value="reject">No, refuse it</button>
</div>
</form>
${origin(device)}`;
  return page({ ...parts.frame, title: `Connect ${client}?`, body, setCookie });
}

function origin({ client }: DeviceRequest): Html {
  const site = client?.clientUri ?? "";
  const host = URL.canParse(site) ? new URL(site).host : "";
  return html`<p class="note" id="origin">The application is registered here as <code>${client?.clientId}</code>${
    host !== "" &&
    html`,
of <strong>${host}</strong>`
  }. If a link in a message brought you here, refuse.</p>`;
}
