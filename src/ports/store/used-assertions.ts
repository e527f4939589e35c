export interface UsedAssertionStore {
  /** RFC 7523 §3: false when this assertion (digest of issuer and `jti`) was used before. Kept until `expiresAt`. */
  use(digest: string, expiresAt: Date): Promise<boolean>;
}
