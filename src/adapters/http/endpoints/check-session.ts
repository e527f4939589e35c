/** The page that clients keep in a frame to learn whether the user is still signed in (OIDC Session Management 1.0 §3.2). */
import { type CookieConfig, stateCookieName } from "../cookies.ts";
import { Html, html } from "../html.ts";
import type { Endpoint, HttpReply } from "../message.ts";
import { cspHash } from "../pages.ts";

/**
 * Compares what the client was told with what it would be told now. SHA-256 (FIPS 180-4 §6.2) by hand, because browsers
 * offer theirs to no page without TLS, and answer later; what is hashed is ASCII.
 */
const script = `
(function () {
  var K = [], H = [], n = 2, i;
  function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
  function isPrime(x) { for (var d = 2; d * d <= x; d += 1) if (x % d === 0) return false; return true; }
  for (; K.length < 64; n += 1) {
    if (!isPrime(n)) continue;
    if (H.length < 8) H.push(fraction(Math.pow(n, 1 / 2)));
    K.push(fraction(Math.pow(n, 1 / 3)));
  }
  function turn(x, by) { return (x >>> by) | (x << (32 - by)); }
  function block(state, words) {
    var w = words.slice(), s = state.slice(), t, a, b;
    for (t = 0; t < 64; t += 1) {
      if (t > 15) {
        a = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >>> 3);
        b = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >>> 10);
        w[t] = (w[t - 16] + a + w[t - 7] + b) | 0;
      }
      a = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[t] + w[t];
      b = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      s = [(a + b) | 0, s[0], s[1], s[2], (s[3] + a) | 0, s[4], s[5], s[6]];
    }
    return state.map(function (x, at) { return (x + s[at]) | 0; });
  }
  function sha256(text) {
    var size = text.length, words = [], state = H, at;
    for (at = 0; at < (((size + 8) >> 6) + 1) * 16; at += 1) words[at] = 0;
    for (at = 0; at < size; at += 1) words[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8);
    words[size >> 2] |= 128 << (24 - (size % 4) * 8);
    words[words.length - 1] = size * 8;
    for (at = 0; at < words.length; at += 16) state = block(state, words.slice(at, at + 16));
    return state.map(function (x) { return ("0000000" + (x >>> 0).toString(16)).slice(-8); }).join("");
  }
  function browserState() {
    var name = document.documentElement.getAttribute("data-cookie") + "=", pairs = document.cookie.split("; ");
    for (i = 0; i < pairs.length; i += 1) if (pairs[i].indexOf(name) === 0) return pairs[i].slice(name.length);
    return "";
  }
  window.addEventListener("message", function (event) {
    var asked = /^([ -~]{1,255}) ([0-9a-f]{64})\\.([A-Za-z0-9_-]{1,64})$/.exec(String(event.data)), answer = "error";
    if (asked !== null) {
      var now = sha256(asked[1] + " " + event.origin + " " + browserState() + " " + asked[3]);
      answer = now === asked[2] ? "unchanged" : "changed";
    }
    event.source.postMessage(answer, event.origin);
  });
})();
`;

/** Whoever wants may frame it: that is what it is for, and it shows and does nothing else. */
const policy = `default-src 'none'; script-src ${cspHash(script)}; base-uri 'none'; form-action 'none'`;

export function checkSessionEndpoint(config: Pick<CookieConfig, "serve.cookies.names.session">): Endpoint {
  const document = html`<!doctype html>
<html lang="en" data-cookie="${stateCookieName(config)}">
<head>
<meta charset="utf-8">
<title>Session state</title>
${new Html(`<script>${script}</script>`)}
</head>
<body></body>
</html>
`;
  const reply: HttpReply = {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "public, max-age=3600",
      "content-security-policy": policy,
      "cross-origin-resource-policy": "cross-origin",
    },
    body: document.text,
  };
  return () => reply;
}
