/** Which names and addresses lead to the machine itself, whoever asks (RFC 5735 §3, RFC 4291 §2.5.3, RFC 6761 §6.3). */

/** `localhost`, a name below it, or an address of the loopback interface; brackets around IPv6 may be there or not. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return /^(?:.+\.)?localhost$/.test(name) || /^127(?:\.\d{1,3}){3}$/.test(name) || name === "::1";
}
