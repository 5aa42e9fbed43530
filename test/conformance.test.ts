import { expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { conformancePage } from './clients/conformance-page.ts'

test('docs/conformance.md lists what the tests cover', async () => {
  const page = await Bun.file(resolve(import.meta.dir, '../docs/conformance.md')).text()
  // To update it: npx bun test/clients/write-page.ts
  expect(page).toBe(conformancePage())
})
