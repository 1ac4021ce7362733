// The Service Worker of the tests' page, bundled by the tests.
import { serveDownloads } from 'osscrypt/download-worker'

serveDownloads()
