/** The page that tells clients of a logout through the browser (OIDC Front-Channel Logout 1.0 §3), and then goes on. */
import { Html, html } from "./html.ts";
import type { HttpReply } from "./message.ts";
import { basePolicy, cspHash, page } from "./pages.ts";

/** Seconds after which nobody waits for clients that do not answer. */
const patience = 5;

// The address stands in the link: a script that never changes is one that the policy can name. One way on is enough, so
// the other ones are called off: what is loaded twice is asked twice.
const onwardScript = `
(function () {
  var frames = document.getElementsByTagName("iframe"), left = frames.length, gone = false;
  function go() {
    if (gone) return;
    gone = true;
    location.replace(document.getElementById("onward").href);
  }
  function loaded() {
    left -= 1;
    if (left === 0) go();
  }
  for (var i = 0; i < frames.length; i += 1) frames[i].addEventListener("load", loaded);
  window.addEventListener("load", go);
  setTimeout(go, ${patience * 1000});
})();
`;

export function signedOutFramesPage(frames: readonly string[], location: string): HttpReply {
  const origins = [...new Set(frames.map((url) => new URL(url).origin))];
  const policy = `${basePolicy}; form-action 'none'; script-src ${cspHash(onwardScript)}; frame-src ${origins.join(" ")}`;
  // Only where no script runs: two ways on would both be taken.
  const head = html`<noscript><meta http-equiv="refresh" content="${patience};url=${location}"></noscript>\n`;
  const body = html`<h1>Signing you out</h1>
<p>The applications that you were signed in to are being told. You will be sent on in a moment.</p>
${frames.map((url) => html`<iframe src="${url}" title="A sign-out" hidden></iframe>\n`)}
<p><a id="onward" href="${location}">Continue</a></p>
${new Html(`<script>${onwardScript}</script>`)}`;
  return page({ status: 200, title: "Signing out", body, policy, headers: {}, head });
}
