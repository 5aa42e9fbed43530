import { expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { conformancePage } from './clients/conformance-page.ts'

test('the page about conformance says what is tested', async () => {
  const page = await Bun.file(resolve(import.meta.dir, '../docs/conformance.md')).text()
  // If not: bun test/clients/write-page.ts
  expect(page).toBe(conformancePage())
})
