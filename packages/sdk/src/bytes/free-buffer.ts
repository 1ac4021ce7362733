/** Less is not worth the call. */
const LEAST_LENGTH = 64 * 1024

/** What newer runtimes have of an ArrayBuffer. */
interface TransferableBuffer {
  readonly transfer?: (this: unknown, length: number) => unknown
}

/** A port whose other end is closed: what is sent there is gone. */
let nowhere: InstanceType<typeof MessagePort> | undefined

/**
 * Gives back the memory of bytes that nobody needs any more; they have no length afterwards, but on runtimes that can give nothing back. Collectors count
 * what they have not collected yet: V8 goes through the whole heap for every 32 MB of dead buffers, which takes longer than to encrypt them.
 *
 * @param bytes All that there is in their buffer is the caller's.
 */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < LEAST_LENGTH) return
  const { transfer } = buffer as TransferableBuffer
  if (transfer) transfer.call(buffer, 0)
  else if ('MessageChannel' in globalThis) openNowhere().postMessage(null, [buffer])
}

function openNowhere(): InstanceType<typeof MessagePort> {
  if (nowhere) return nowhere
  const { port1, port2 } = new MessageChannel()
  port2.close()
  nowhere = port1
  return port1
}
