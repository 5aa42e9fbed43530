// bun test/clients/write-page.ts: writes docs/conformance.md.
import { resolve } from 'node:path'
import { conformancePage } from './conformance-page.ts'

await Bun.write(resolve(import.meta.dir, '../../docs/conformance.md'), conformancePage())
