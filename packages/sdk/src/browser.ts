/**
 * What a page in a browser has beside {@link OssEncryptionClient}: the uploads that it can go on with after a reload, and downloads through a Service Worker.
 *
 * @packageDocumentation
 * @module osscrypt/browser
 */
export { forgetUpload, listUnfinishedUploads, type UnfinishedUpload } from './browser/unfinished-uploads.js'
export { saveThroughWorker, type SaveOptions, type WorkerRegistration } from './browser/save-through-worker.js'
