/** What OSS and KMS ask for what a job does, in one currency. What is stored meanwhile is not counted. */
export interface Prices {
  readonly currency: string
  readonly putPer10000: number
  readonly getPer10000: number
  /** From OSS to where the job runs; 0 in the bucket's own region, over its internal endpoint. */
  readonly downPerGb: number
  readonly kmsPer10000: number
}

/** List prices in Hangzhou for Standard storage, to a machine in the same region, with a KMS instance, whose calls are free. To be checked before they are relied on. */
export const hangzhouPrices: Prices = {
  currency: 'CNY',
  putPer10000: 0.01,
  getPer10000: 0.01,
  downPerGb: 0,
  kmsPer10000: 0,
}
