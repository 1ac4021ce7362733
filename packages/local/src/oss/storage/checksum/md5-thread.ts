import { Worker } from 'node:worker_threads'

/** What the thread runs. It is text, so that it is the same built and not. */
const PROGRAM = `
const { createHash } = require('node:crypto')
const { parentPort } = require('node:worker_threads')
const hashes = new Map()
parentPort.on('message', ({ id, block, length, isLast }) => {
  let md5 = hashes.get(id)
  if (md5 === undefined) hashes.set(id, (md5 = createHash('md5')))
  if (length > 0) md5.update(new Uint8Array(block, 0, length))
  if (isLast) hashes.delete(id)
  parentPort.postMessage({ id, digest: isLast ? md5.digest('hex') : undefined })
})`

const BLOCK = 256 * 1024
const MAX_IDLE_BLOCKS = 16
/** So many blocks of a body may be on their way before its next bytes have to wait. */
const MAX_SENT = 12

interface Answer {
  readonly id: number
  readonly digest?: string | undefined
  readonly error?: Error
}

let thread: Worker | undefined
let lastId = 0
const waiting = new Map<number, (answer: Answer) => void>()
const idleBlocks: SharedArrayBuffer[] = []

/** One for the process, and started by the first large body; it keeps no process alive. */
function startThread(): Worker {
  const worker = new Worker(PROGRAM, { eval: true, execArgv: [] })
  worker.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  worker.on('error', (cause) => {
    thread = undefined
    const error = new Error('the thread that hashes failed', { cause })
    for (const [id, onAnswer] of waiting) onAnswer({ id, error })
  })
  worker.unref()
  return worker
}

/** Hashes a large body beside the thread that receives it: MD5 takes longer than all the rest. */
export class ThreadedMd5 {
  readonly #id = (lastId += 1)
  readonly #sent: SharedArrayBuffer[] = []
  #block = takeBlock()
  #filled = 0
  #digest: string | undefined
  #error: Error | undefined
  #onAnswer: () => void = () => undefined

  constructor() {
    waiting.set(this.#id, ({ digest, error }) => {
      const block = this.#sent.shift()
      if (block !== undefined) giveBack(block)
      this.#digest = digest
      this.#error = error
      this.#onAnswer()
    })
  }

  /** The bytes are copied before it returns. */
  async update(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + BLOCK - this.#filled)
      new Uint8Array(this.#block, this.#filled, piece.length).set(piece)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled < BLOCK) continue
      this.#send(false)
      while (this.#sent.length > MAX_SENT) await this.#answer()
    }
  }

  async digest(): Promise<Buffer> {
    this.#send(true)
    try {
      while (this.#digest === undefined) await this.#answer()
    } finally {
      waiting.delete(this.#id)
    }
    giveBack(this.#block)
    return Buffer.from(this.#digest, 'hex')
  }

  async #answer(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onAnswer = resolve
    })
    if (this.#error !== undefined) throw this.#error
  }

  #send(isLast: boolean): void {
    thread ??= startThread()
    thread.postMessage({ id: this.#id, block: this.#block, length: this.#filled, isLast })
    this.#sent.push(this.#block)
    this.#block = takeBlock()
    this.#filled = 0
  }
}

function takeBlock(): SharedArrayBuffer {
  return idleBlocks.pop() ?? new SharedArrayBuffer(BLOCK)
}

function giveBack(block: SharedArrayBuffer): void {
  if (idleBlocks.length < MAX_IDLE_BLOCKS) idleBlocks.push(block)
}
