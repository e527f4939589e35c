/** The certification plans of the suite that are run, by a short name for the command line. */

export interface Plan {
  readonly name: string;
  /** The suite's own name of it, without `-certification-test-plan`. */
  readonly suiteName: string;
  readonly variant: Readonly<Record<string, string>>;
}

const discovered = (registration: string) => ({ server_metadata: "discovery", client_registration: registration });
const loggingOut = { response_type: "code", client_registration: "dynamic_client" };

export const plans: readonly Plan[] = [
  { name: "config", suiteName: "oidcc-config", variant: {} },
  { name: "basic-static", suiteName: "oidcc-basic", variant: discovered("static_client") },
  { name: "basic", suiteName: "oidcc-basic", variant: discovered("dynamic_client") },
  { name: "implicit", suiteName: "oidcc-implicit", variant: discovered("dynamic_client") },
  { name: "hybrid", suiteName: "oidcc-hybrid", variant: discovered("dynamic_client") },
  { name: "formpost-basic", suiteName: "oidcc-formpost-basic", variant: discovered("dynamic_client") },
  { name: "formpost-implicit", suiteName: "oidcc-formpost-implicit", variant: discovered("dynamic_client") },
  { name: "formpost-hybrid", suiteName: "oidcc-formpost-hybrid", variant: discovered("dynamic_client") },
  { name: "dynamic", suiteName: "oidcc-dynamic", variant: { response_type: "code" } },
  { name: "dynamic-hybrid", suiteName: "oidcc-dynamic", variant: { response_type: "code id_token token" } },
  { name: "third-party-login", suiteName: "oidcc-3rdparty-init-login", variant: { response_type: "code" } },
  { name: "logout", suiteName: "oidcc-rp-initiated-logout", variant: loggingOut },
  { name: "logout-back-channel", suiteName: "oidcc-backchannel-rp-initiated-logout", variant: loggingOut },
  { name: "logout-front-channel", suiteName: "oidcc-frontchannel-rp-initiated-logout", variant: loggingOut },
  { name: "session-management", suiteName: "oidcc-session-management", variant: loggingOut },
];
