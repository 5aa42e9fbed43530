// A file that was emptied by mistake must not replace the configuration that runs: every model would be gone.
import { describe, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../cli/check.ts'
import { oneModel, series, startGateway } from '../../test/gateway.ts'

const EMPTY = [
  ['is empty', ''],
  ['is white space', ' \n\n'],
  ['has only comments', '# nothing\n'],
  ['is a byte order mark', '\ufeff'],
  ['has only sections without content', 'server:\nmodels: ~\n'],
  ['has only an end mark', '---\n...\n'],
  ['is null', 'null\n'],
] as const

const MESSAGE = 'The file has no content; allowed: at least one section, or {} for a gateway without models.'

const folder = mkdtempSync(join(tmpdir(), 'sluice-empty-'))
function checked(text: string) {
  const config = join(folder, 'sluice.yaml')
  writeFileSync(config, text)
  return check({ config }, {}, false)
}

describe('a file without any value', () => {
  test.each(EMPTY)('is a problem: it %s', (_, text) => {
    const { output, exitCode } = checked(text)
    expect(output).toContain(MESSAGE)
    expect(exitCode).toBe(1)
  })

  test.each(['{}', 'server: {}', 'log: { level: info }'])('is not one: %s', (text) => {
    expect(checked(text)).toMatchObject({ exitCode: 0 })
  })

  test('is no reload: what ran before goes on, and the metric shows the failure', async () => {
    const gateway = await startGateway(oneModel(['http://127.0.0.1:9']))
    const models = async () => ((await (await gateway.get('/v1/models')).json()) as { data: unknown[] }).data.length
    expect(await models()).toBe(1)
    for (const [, text] of EMPTY) {
      gateway.write(text)
      const answer = await gateway.reload('admin')
      expect(answer).toMatchObject({ ok: false, version: 1, error: { problems: [{ message: MESSAGE }] } })
      expect(series(await gateway.metrics(), 'sluice_config_last_reload_successful')).toBe(0)
    }
    expect(await models()).toBe(1)
    await gateway.stop()
  })
})
