import type { ByteSource } from '../bytes/byte-source.js'
import type { Stretch } from '../bytes/stretch.js'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import type { DataKeyProvider, DataKeyRequest } from '../keys/data-key-provider.js'
import type { DecryptOptions, EncryptOptions } from '../keys/envelope.js'
import type { EncryptionInfo, UnverifiedEncryptionInfo } from '../keys/verified-header.js'
import type { MessageHeader } from '../message/header.js'
import type { MessageForm } from '../message/message-form.js'
import type { UnverifiedEnvelope } from './envelope.js'
import type { OpenSource } from '../source/source.js'
import type { FormatName } from './format-name.js'
import type { SpoolOptions } from '../spool/spool.js'
import type { ByteRange } from '../store/object-store.js'
import type { Steps } from '../transfer/fetch-steps.js'
import type { ResumeProof, SealedObject } from '../transfer/sealed-object.js'

/**
 * What a reader of a body may believe: `whole`, all of it and nothing before its end was reached; `segments`, each segment when it has come; `none`,
 * nothing, as anybody can have changed it unnoticed.
 */
export type Integrity = 'whole' | 'segments' | 'none'

/** What an object is sealed under. */
export interface SealingKey {
  readonly header: MessageHeader
  /** What is said of the object that is written. */
  readonly encryption: EncryptionInfo | UnverifiedEncryptionInfo
  /** Its owner zeroes it, when what was sealed under it has been disposed of. */
  readonly dataKey: Uint8Array
}

/** How an object is sealed. */
export interface SealOptions extends SpoolOptions {
  /** Bytes of a segment, in formats that have them. */
  readonly segmentLength?: number | undefined
  /** In messages that are bodies. */
  readonly messageForm?: MessageForm | undefined
  /** Bytes of a part; see `transfer/part-plan.ts` for what becomes of it, and for the default. */
  readonly partLength?: number | undefined
  /** How many pieces are encrypted at a time, and how many parts are open at a time that share these. */
  readonly concurrency?: number | undefined
  readonly parallel?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Only to take up an upload that was begun: what its {@link SealedObject.proof} was. */
  readonly begun?: ResumeProof | undefined
}

/** What an object's body is opened with. */
export interface ObjectKey {
  /** What is known of the envelope: verified, in formats that can. */
  readonly encryption: EncryptionInfo | UnverifiedEncryptionInfo
  /** Whoever holds it zeroes it. In formats without an iv of their own, that is the end of it. */
  readonly dataKey: Uint8Array
}

/** What an object's body can be. `formats` is the table of them; no operation asks which one it has. */
export interface ObjectFormat {
  readonly name: FormatName
  /** Bytes at a body's start that are needed before a part of it can be found. */
  readonly prefaceLength: number

  /** Whether every byte of plaintext is where its ciphertext is: a part can be asked for before anything is known of the object. */
  readonly isBare: boolean

  /** Where the envelope stands. One in the metadata can be replaced where it is. */
  readonly envelopeIn: 'metadata' | 'body'

  integrity(algorithm: AlgorithmSuite): Integrity

  /** What an envelope says, as somebody wrote it. */
  describe(envelope: UnverifiedEnvelope): UnverifiedEncryptionInfo

  /**
   * Gets the data key of an object, and verifies of its envelope what can be before its body is read. What the caller does not accept is refused before
   * the provider is asked.
   *
   * @param preface The first `prefaceLength` bytes of the body.
   * @throws OsscryptError `ContextMismatch`, `NotAllowed`; KeyError; IntegrityError; ServiceError.
   */
  openKey(
    provider: DataKeyProvider,
    envelope: UnverifiedEnvelope,
    options: DecryptOptions,
    preface: Uint8Array,
  ): Promise<ObjectKey>

  /**
   * Where things are in a body. Nothing of it is verified.
   *
   * @param preface The first `prefaceLength` bytes of the body, or fewer where it is shorter.
   * @param totalLength Bytes of the body, by what OSS says; undefined when it does not.
   * @throws FormatError, IntegrityError for what cannot be a body of this format.
   */
  layout(envelope: UnverifiedEnvelope, preface: Uint8Array, totalLength: number | undefined): BodyLayout
}

/** What a writer asks of a format. */
export interface FormatOptions extends EncryptOptions {
  readonly segmentLength?: number | undefined
  readonly messageForm?: MessageForm | undefined
  /** Writes a format in which nobody notices changes. */
  readonly writeWithoutIntegrity?: boolean | undefined
}

/** A format that objects are written in, too. */
export interface WritableFormat extends ObjectFormat {
  /** Bytes of a segment where nothing else is asked for; undefined in formats that have none. */
  readonly segmentLength: number | undefined

  /**
   * The algorithm that an object is to be under.
   *
   * @throws TypeError, RangeError for options that the format does not take; OsscryptError `NotAllowed` for what has to be asked for by name.
   */
  choose(options: FormatOptions): AlgorithmSuite

  /** Whether an object has an encryption context, and with it what binds it to its name. */
  readonly hasContext: boolean

  /**
   * Gets a data key for a new object.
   *
   * @throws as `createEnvelope`.
   */
  createKey(provider: DataKeyProvider, request: DataKeyRequest): Promise<SealingKey>

  /** The headers that an envelope will take, before there is a body: for their length. */
  placeholderMetadata(key: SealingKey): Readonly<Record<string, string>>

  /** The first `prefaceLength` bytes of the body that a record of its sealing is of. */
  prefaceOf(proof: ResumeProof): Uint8Array

  /**
   * Encrypts a source, or prepares to: what can be made while it is sent is made then.
   *
   * @throws OsscryptError `LimitExceeded`; `SourceChanged` when `begun` shows that the source is another one; what reading it throws.
   */
  seal(source: OpenSource, key: SealingKey, options: SealOptions): Promise<SealedObject>
}

/** A stretch of a body that can be decrypted by itself. */
export interface BodyStep {
  /** Where it is in the object. An `end` of Infinity: wherever the body ends. */
  readonly ciphertext: Stretch
  /** Which plaintext is wanted of it, by its place in the whole. */
  readonly plaintext: Stretch
  /** Whether the body ends with it, by what OSS says; where the format has segments, that is verified when the step is. */
  readonly endsBody: boolean
}

/** A range that was asked for, and what has to be read for it. */
export interface RangePlan extends BodyStep {
  /** Bytes of all of the plaintext, by what OSS says. */
  readonly totalLength: number | undefined
}

/** Where things are in a body, by what its envelope, its preface and OSS say. */
export interface BodyLayout {
  /** Bytes of plaintext; undefined where that cannot be known before the end. */
  readonly plaintextLength: number | undefined

  /** What a body that is sealed anew as this one was takes; undefined for what is only read. */
  readonly sealing:
    | {
        readonly format: FormatName
        readonly segmentLength?: number | undefined
        readonly messageForm?: MessageForm | undefined
      }
    | undefined

  /** All of the body as one step. */
  whole(): BodyStep

  /**
   * All of the body in steps of about `stepLength` bytes, or one where it cannot be cut; `stepLength` as the format likes it best if it is not
   * given.
   */
  cut(stepLength: number | undefined): Steps<BodyStep>

  /**
   * What has to be read for a range. Where the answer rests on the length of the whole, what proves that length is part of it.
   *
   * @returns `plaintext.end` before `plaintext.start` where there are none of those bytes.
   * @throws FormatError `UnsupportedAlgorithm` for bodies of which no range can be read.
   */
  range(range: ByteRange): RangePlan

  /**
   * What to ask OSS for, to read a range with one request.
   *
   * @returns null where that rests on the length of the whole, which is not known.
   */
  ask(range: ByteRange): ByteRange | null

  /**
   * Begins to read the body. When this resolves, the envelope is verified, wrapped keys aside, and that envelope and preface belong together.
   *
   * @param dataKey The caller's, who may zero it when this has resolved.
   * @param concurrency How many pieces of the body are worked on at a time.
   * @throws IntegrityError.
   */
  open(dataKey: Uint8Array, concurrency?: number): Promise<BodyReader>
}

/** Decrypts a body, step by step, in any order. Holds keys: to be disposed of. */
export interface BodyReader {
  /**
   * The plaintext of a step. With integrity `segments` all of it is verified; with `whole` it is when {@link finish} has returned, and nobody else may
   * see it before.
   *
   * @param bytes Stands at the step's first byte; just its bytes are taken.
   * @param concurrency How many pieces are worked on at a time, where that is to be another number than the body was opened for.
   * @throws IntegrityError.
   */
  decrypt(step: BodyStep, bytes: ByteSource, concurrency?: number): AsyncGenerator<Uint8Array>

  /** Verifies a step without handing out anything. With integrity `whole`, {@link decrypt} can follow after {@link finish}. */
  authenticate(step: BodyStep, bytes: ByteSource): Promise<void>

  /**
   * The plaintext of the whole once more when {@link finish} has returned, from bytes that came anew; in formats that can tell of each piece whether it is
   * what was verified. Only such are handed out.
   *
   * @param bytes Stands at the whole's first byte.
   * @throws IntegrityError.
   */
  decryptAgain?(whole: BodyStep, bytes: ByteSource): AsyncGenerator<Uint8Array>

  /** Decrypts a range without verifying anything, in formats that cannot; else as {@link decrypt}. */
  decryptRange(plan: RangePlan, bytes: ByteSource): AsyncGenerator<Uint8Array>

  /**
   * Says that every step of the whole is through.
   *
   * @throws IntegrityError when they are not the body that was written.
   */
  finish(): Promise<void>

  /** Forgets which steps are through, so that all of them can be read again. */
  restart(): void

  /** Forgets the keys. */
  dispose(): void
}
