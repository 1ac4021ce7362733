/** A question that is not answered. Its reason stays on this side: a page learns the status alone. */
export class BrokerRefusal extends Error {
  readonly status: number

  constructor(status: number) {
    super(`refused with ${String(status)}`)
    this.status = status
  }
}
