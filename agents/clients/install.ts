// Installs the clients of other languages into a cache folder, once for each change of their versions.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const folder = process.env['SLUICE_CLIENTS_CACHE'] ?? resolve(import.meta.dir, '../../.cache/clients')

const PYTHON_VERSIONS = resolve(import.meta.dir, 'python/requirements.txt')
const GO_FOLDER = resolve(import.meta.dir, 'go')
const JAVA_FOLDER = resolve(import.meta.dir, 'java')

export const python = (): string => join(folder, 'py/bin/python')

export const goLoop = (): string => join(folder, 'go/loop')

const libraries = (): string => join(folder, 'java/lib')
const classes = (): string => join(folder, 'java/classes')

export const javaLoop = (): readonly string[] => ['java', '-cp', `${classes()}:${libraries()}/*`, 'Loop']

/** Needs `python3`, `go`, a JDK and Maven. Throws with the output of the command that failed. */
export function installClients(): void {
  mkdirSync(join(folder, 'go'), { recursive: true })
  once('python', [readFileSync(PYTHON_VERSIONS, 'utf8')], () => {
    run(['python3', '-m', 'venv', join(folder, 'py')])
    run([
      python(),
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '-r',
      PYTHON_VERSIONS,
    ])
  })
  const sources = ['go.mod', 'go.sum', 'main.go', 'tools.go'].map((file) => readFileSync(join(GO_FOLDER, file), 'utf8'))
  const javaSources = ['pom.xml', 'Loop.java'].map((file) => readFileSync(join(JAVA_FOLDER, file), 'utf8'))
  once('java', javaSources, () => {
    run(['mvn', '-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${libraries()}`], JAVA_FOLDER)
    run(['javac', '-proc:none', '-parameters', '-d', classes(), '-cp', `${libraries()}/*`, 'Loop.java'], JAVA_FOLDER)
  })
  once('go', sources, () => run(['go', 'build', '-o', goLoop(), '.'], GO_FOLDER))
}

/** Does `work` unless it was done for the same inputs. */
function once(name: string, inputs: readonly string[], work: () => void): void {
  const stamp = join(folder, `${name}.installed`)
  const wanted = inputs.join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error(`Installing the clients of ${name} into ${folder} (once)...`)
  work()
  writeFileSync(stamp, wanted)
}

function run(command: string[], cwd = folder): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, stdout: 'pipe', stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed:\n${stderr.toString()}${stdout.toString()}`)
}
