/** How far a client's clock may be from the service's, either way. */
export const allowedSkewMs = 15 * 60_000

/** The nonces of the signatures that were accepted, for as long as their timestamps are. */
export class Nonces {
  readonly #expiries = new Map<string, number>()
  #purgeAt = 0

  /** Remembers a nonce of an access key. False when it was there already: the request is a replay. */
  accept(accessKeyId: string, nonce: string, now: number): boolean {
    this.#purge(now)
    const entry = `${accessKeyId} ${nonce}`
    if ((this.#expiries.get(entry) ?? 0) > now) return false
    // A timestamp may be from the future, and is then good for twice the skew.
    this.#expiries.set(entry, now + 2 * allowedSkewMs)
    return true
  }

  #purge(now: number): void {
    if (now < this.#purgeAt) return
    this.#purgeAt = now + 60_000
    for (const [entry, expiry] of this.#expiries) if (expiry <= now) this.#expiries.delete(entry)
  }
}
