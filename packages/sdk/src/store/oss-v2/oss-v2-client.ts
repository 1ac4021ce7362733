/** As much of a client of `@alicloud/oss-v2` as is used, by structure: the package is not imported. */
export interface OssV2Client {
  invokeOperation(input: OssV2Input, options?: OssV2Options): Promise<OssV2Output>
}

/** One operation. */
export interface OssV2Input {
  readonly opName: string
  readonly method: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly parameters?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | OssV2Body
  readonly opMetadata?: Readonly<Record<string, unknown>>
}

/** A body that is read while it is sent. */
export interface OssV2Body {
  readonly length: number | undefined
  readonly oneShot: boolean
  source(): { read(): Promise<Uint8Array | null>; cancel?(): void | Promise<void> }
}

export interface OssV2Options {
  readonly signal?: AbortSignal | undefined
  readonly retryMaxAttempts?: number
  readonly readWriteTimeoutMs?: number
}

export interface OssV2Output {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: { bytes(): Promise<Uint8Array>; stream(): OssV2Stream | ReadableStream<Uint8Array> } | undefined
}

/** A body that comes, in Node; browsers give a ReadableStream. */
export interface OssV2Stream {
  read(): Promise<Uint8Array | null>
}
