/**
 * Files that get their name when they are complete, or that only their owner may write.
 *
 * @packageDocumentation
 * @module osscrypt/files
 */
export { identifyFile, sameFile, type FileIdentity } from './io/file-identity.js'
export { openFileTarget, type FileTarget, type FileTargetOptions } from './io/file-target.js'
export { openOrMakeOwnFile, readOwnFile, type OwnFileOptions } from './io/own-file.js'
export { writePrivateFile } from './io/private-file.js'
export { findTarget, type TargetPlace } from './io/target-place.js'
