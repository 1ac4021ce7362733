/** What a signed request says of its signature, before any of it is believed. */
export interface SignatureClaim {
  readonly accessKeyId: string
  readonly securityToken: string | undefined
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly timestamp: string
  readonly nonce: string
  readonly signature: string
  /** The signature that the request should carry, if it is from the holder of this secret. */
  readonly expectedSignature: (accessKeySecret: string) => string
}
