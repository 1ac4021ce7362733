/**
 * What a Service Worker needs to save objects among the browser's downloads.
 *
 * @packageDocumentation
 * @module osscrypt/download-worker
 */
export { serveDownloads, type WorkerScope } from './browser/serve-downloads.js'
