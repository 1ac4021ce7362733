/** Bytes that somebody writes, taken one chunk at a time. */
export interface Intake {
  readonly writable: WritableStream<Uint8Array>
  /** What is written, until the stream is closed; throws what it is aborted with. */
  readonly chunks: AsyncGenerator<unknown, void, undefined>
  /** Takes nothing more: what is being written fails with the reason, and so does whatever is written later. */
  readonly fail: (reason: unknown) => void
}

interface Offer {
  readonly chunk: unknown
  readonly taken: () => void
  readonly refused: (reason: unknown) => void
}

/**
 * A write ends when its chunk has been taken. A TransformStream does so, too; but in workerd, writes to one whose other side has failed end with an error of
 * its own, or not at all for whoever writes by `pipeTo`.
 */
export function openIntake(): Intake {
  let controller: WritableStreamDefaultController | undefined
  let offer: Offer | undefined
  let end: { readonly failure?: { readonly reason: unknown } } | undefined
  let wake: () => void = () => undefined
  const writable = new WritableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
    write: (chunk) =>
      new Promise<void>((taken, refused) => {
        offer = { chunk, taken, refused }
        wake()
      }),
    close: () => {
      end ??= {}
      wake()
    },
    abort: (reason: unknown) => {
      end ??= { failure: { reason } }
      wake()
    },
  })
  async function* take() {
    for (;;) {
      if (offer) {
        const { chunk, taken } = offer
        offer = undefined
        taken()
        yield chunk
      } else if (end?.failure) {
        throw end.failure.reason
      } else if (end) {
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }
  const fail = (reason: unknown) => {
    end ??= { failure: { reason } }
    offer?.refused(reason)
    offer = undefined
    controller?.error(reason)
    wake()
  }
  return { writable, chunks: take(), fail }
}
