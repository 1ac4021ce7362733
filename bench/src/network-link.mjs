/** How far ahead of its pace a link takes bytes in, in milliseconds: as much as waits in the buffers of a network. */
const BACKLOG_MS = 10

/** Deliveries are due to the millisecond of a timer: those of the half before and the half after are made together, so that there is no bias. */
const TICK_MS = 1

/** @typedef {import('node:net').Socket} Socket */

/** One direction of a network: all that is on its way, in the order in which it leaves and arrives. */
export class Link {
  #bytesPerMs
  #delayMs
  /** When the last of the bytes that were sent has left. */
  #freeAtMs = 0
  /** @type {{ pipe: Pipe; bytes: Buffer | null; dueMs: number }[]} */
  #underWay = []
  /** @type {Set<Pipe>} */
  #waiting = new Set()
  #isAwake = false

  /**
   * @param {number} bytesPerMs
   * @param {number} delayMs
   */
  constructor(bytesPerMs, delayMs) {
    this.#bytesPerMs = bytesPerMs
    this.#delayMs = delayMs
  }

  /** Bytes that a connection may have under way: what there is in both directions, and so what comes back in a round trip. */
  get windowLength() {
    return this.#bytesPerMs * 2 * this.#delayMs
  }

  get isFull() {
    return this.#freeAtMs - performance.now() > BACKLOG_MS
  }

  /**
   * Sends bytes, or null for their end.
   *
   * @param {Pipe} pipe
   * @param {Buffer | null} bytes
   */
  send(pipe, bytes) {
    this.#freeAtMs = Math.max(this.#freeAtMs, performance.now()) + (bytes?.length ?? 0) / this.#bytesPerMs
    this.#underWay.push({ pipe, bytes, dueMs: this.#freeAtMs + this.#delayMs })
    this.#wake()
  }

  /** Lets a pipe go on as soon as it may. @param {Pipe} pipe */
  wait(pipe) {
    this.#waiting.add(pipe)
    this.#wake()
  }

  #wake() {
    if (!this.#isAwake) setTimeout(this.#tick, TICK_MS)
    this.#isAwake = true
  }

  #tick = () => {
    const now = performance.now() + TICK_MS / 2
    const count = this.#underWay.findIndex(({ dueMs }) => dueMs > now)
    const due = this.#underWay.splice(0, count < 0 ? this.#underWay.length : count)
    const pipes = new Set(due.map(({ pipe }) => pipe))
    for (const pipe of pipes) pipe.cork()
    for (const { pipe, bytes } of due) pipe.deliver(bytes)
    for (const pipe of pipes) pipe.uncork()
    for (const pipe of this.#waiting) {
      if (pipe.goOn()) this.#waiting.delete(pipe)
    }
    const isIdle = this.#underWay.length === 0 && this.#waiting.size === 0
    this.#isAwake = false
    if (!isIdle) this.#wake()
  }
}

/** One direction of a connection. */
export class Pipe {
  #source
  #target
  #link
  /** Bytes that have been taken from the source and not by the target. */
  #held = 0

  /**
   * @param {Socket} source
   * @param {Socket} target
   * @param {Link} link
   * @param {(bytes: number) => void} count
   */
  constructor(source, target, link, count) {
    this.#source = source
    this.#target = target
    this.#link = link
    source.on('data', (bytes) => {
      count(bytes.length)
      this.#held += bytes.length
      link.send(this, bytes)
      if (this.#mayGoOn()) return
      source.pause()
      link.wait(this)
    })
    source.on('end', () => link.send(this, null))
  }

  #mayGoOn() {
    return this.#held < this.#link.windowLength && !this.#link.isFull
  }

  /** Reads on, if it may; says whether that was settled. */
  goOn() {
    if (this.#source.destroyed) return true
    if (!this.#mayGoOn()) return false
    this.#source.resume()
    return true
  }

  /** @param {Buffer | null} bytes */
  deliver(bytes) {
    if (this.#target.destroyed) return
    if (bytes === null) this.#target.end()
    else this.#target.write(bytes, () => (this.#held -= bytes.length))
  }

  cork() {
    this.#target.cork()
  }

  uncork() {
    this.#target.uncork()
  }
}
