/**
 * What a page in a browser has beside {@link OssEncryptionClient}: the uploads that it can go on with after a reload, and downloads through a Service Worker.
 *
 * @packageDocumentation
 * @module osscrypt/browser
 */
export { forgetUpload, listUnfinishedUploads, type UnfinishedUpload } from './oss/unfinished-uploads.js'
export type { ReadableFileHandle } from './source/file-handle.js'
