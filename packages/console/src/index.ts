/**
 * A page for encrypted objects, on 127.0.0.1: {@link startConsole}.
 *
 * @packageDocumentation
 * @module osscrypt-console
 */
export type { ConsoleBucket, ConsoleCloud, ConsoleObject, ListedPage, ListRequest } from './console-cloud.js'
export { startConsole, type ConsoleOptions, type RunningConsole } from './start-console.js'
