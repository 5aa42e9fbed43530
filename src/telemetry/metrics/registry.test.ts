import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRegistry, METRICS_CONTENT_TYPE, type Registry } from './registry.ts'
import { runs } from '../../../test/runs.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Section {
  readonly help: string
  readonly type: string
  readonly samples: Sample[]
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? (\+Inf|-Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/s
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/s

const unescape = (text: string) => text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'))

/** A strict parser of the text format 0.0.4: rejects what Prometheus rejects, and samples outside their section. */
function parseMetrics(text: string): Map<string, Section> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line must end')
  const lines = text.split('\n').slice(0, -1)
  const sections = new Map<string, Section>()
  let current = ''
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!
    const help = /^# HELP (\S+) (.*)$/s.exec(line)
    if (!help) {
      const section = sections.get(current)!
      const sample = parseSample(line)
      const suffix = sample.name.slice(current.length)
      const allowed = section.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      if (!sample.name.startsWith(current) || !allowed.includes(suffix)) throw new Error(`a stray sample: ${line}`)
      section.samples.push(sample)
      continue
    }
    current = help[1]!
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++at] ?? '')
    if (type?.[1] !== current || sections.has(current)) throw new Error(`a bad section: ${line}`)
    sections.set(current, { help: unescape(help[2]!), type: type[2]!, samples: [] })
  }
  const series = [...sections.values()].flatMap(({ samples }) =>
    samples.map((sample) => JSON.stringify([sample.name, sample.labels])),
  )
  if (new Set(series).size < series.length) throw new Error('a series comes twice')
  return sections
}

function parseSample(line: string): Sample {
  const [, name, inside = '', value] = SAMPLE.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  for (let rest = inside; rest !== '';) {
    const [whole, label, text] = LABEL.exec(rest) ?? []
    if (whole === undefined || label === undefined || label in labels) throw new Error(`bad labels: ${line}`)
    labels[label] = unescape(text!)
    rest = rest.slice(whole.length)
  }
  return { name, labels, value: numberOf(value) }
}

const sectionOf = (registry: Registry, name: string) => parseMetrics(registry.render()).get(name)!
const samplesOf = (registry: Registry, name: string) =>
  sectionOf(registry, name).samples.map(({ labels, value }) => Object.values<string | number>(labels).concat(value))

test('the text has the documented Prometheus format', () => {
  const registry = createRegistry({ maxSeries: 10 })
  const requests = registry.counter({ name: 'requests_total', help: 'All \\ of\nthem.', labels: ['route', 'status'] })
  requests.with('/v1 "x"\\\n', '200').inc(3)
  registry.gauge({ name: 'in_flight', help: '' }).with().set(-0.5)
  const seconds = registry.histogram({ name: 'seconds', help: 'Time.', labels: ['m'], buckets: [0.1, 1] })
  for (const value of [0.1, 0.5, 1, 7]) seconds.with('a').observe(value)
  const text = registry.render()
  expect(text.slice(text.indexOf('# HELP requests_total'))).toBe(
    String.raw`# HELP requests_total All \\ of\nthem.
# TYPE requests_total counter
requests_total{route="/v1 \"x\"\\\n",status="200"} 3
# HELP in_flight 
# TYPE in_flight gauge
in_flight -0.5
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{m="a",le="0.1"} 1
seconds_bucket{m="a",le="1"} 3
seconds_bucket{m="a",le="+Inf"} 4
seconds_sum{m="a"} 8.6
seconds_count{m="a"} 4
`,
  )
  expect(METRICS_CONTENT_TYPE).toBe('text/plain; version=0.0.4; charset=utf-8')
})

test('any label values survive rendering and parsing', () => {
  const value = fc
    .string({ unit: 'grapheme', maxLength: 50 })
    .filter((text) => !text.includes('\0') && text.length <= 200)
  const values = fc.uniqueArray(fc.tuple(value, value), { selector: (pair) => pair.join('\0') })
  fc.assert(
    fc.property(values, fc.string(), (list, help) => {
      const registry = createRegistry({ maxSeries: 1000 })
      const family = registry.counter({ name: 'a_total', help: help.replaceAll('\r', ''), labels: ['x', 'y'] })
      for (const [index, pair] of list.entries()) family.with(...pair).inc(index + 1)
      expect(samplesOf(registry, 'a_total')).toEqual(list.map((pair, index) => [...pair, index + 1]))
      expect(sectionOf(registry, 'a_total').help).toBe(help.replaceAll('\r', ''))
    }),
    runs(),
  )
})

test('the buckets of any histogram are cumulative, and the bucket +Inf equals the count', () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
  fc.assert(
    fc.property(fc.array(fc.oneof(value, fc.constantFrom(0, 0.0001, 0.5, 600))), (values) => {
      const registry = createRegistry({ maxSeries: 10 })
      const child = registry.histogram({ name: 'h', help: 'h' }).with()
      for (const each of values) child.observe(each)
      const { samples } = sectionOf(registry, 'h')
      const buckets = samples.filter(({ name }) => name === 'h_bucket')
      for (const { labels, value } of buckets)
        expect(value).toBe(values.filter((each) => each <= numberOf(labels['le']!)).length)
      expect(buckets.at(-1)!.labels).toEqual({ le: '+Inf' })
      expect(samples.find(({ name }) => name === 'h_count')!.value).toBe(values.length)
      expect(samples.find(({ name }) => name === 'h_sum')!.value).toBe(values.reduce((sum, each) => sum + each, 0))
    }),
    runs(),
  )
})

test('the same labels give the same child, even if they are too long or not valid UTF-16', () => {
  const family = createRegistry({ maxSeries: 10 }).gauge({ name: 'g', help: 'g', labels: ['a', 'b'] })
  const pairs: readonly (readonly [string, string])[] = [
    ['x', 'y'],
    ['', ''],
    ['x'.repeat(500), 'y'],
    ['\ud800', '\0'],
  ]
  for (const pair of pairs) expect(family.with(...pair)).toBe(family.with(...pair))
  expect(new Set(pairs.map((pair) => family.with(...pair))).size).toBe(pairs.length)
})

test.each([
  ['longer than 200 characters', 'x'.repeat(201), 'x'.repeat(200)],
  ['cut inside a character', `${'x'.repeat(199)}😀`, `${'x'.repeat(199)}\ufffd`],
  ['half a character', 'a\ud800', 'a\ufffd'],
  ['a NUL', 'a\0b', 'a b'],
])('an invalid label value is repaired: %s', (_name, value, expected) => {
  const registry = createRegistry({ maxSeries: 10 })
  registry.counter({ name: 'a_total', help: 'a', labels: ['x'] }).with(value)
  expect(samplesOf(registry, 'a_total')).toEqual([[expected, 0]])
})

test('values that are equal when joined are different series', () => {
  const family = createRegistry({ maxSeries: 10 }).counter({ name: 'a_total', help: 'a', labels: ['x', 'y'] })
  expect(family.with('a\0', 'b')).not.toBe(family.with('a', '\0b'))
  expect(family.with('a,', 'b')).not.toBe(family.with('a', ',b'))
})

test('beyond the maximum of series, new label values are counted together and reported as dropped', () => {
  const registry = createRegistry({ maxSeries: 2 })
  const family = registry.counter({ name: 'a_total', help: 'a', labels: ['x', 'y'] })
  const single = registry.counter({ name: 'b_total', help: 'b' })
  for (let index = 0; index < 5; index++) family.with(`${index}`, 'y').inc()
  family.with('0', 'y').inc()
  single.with().inc()
  expect(samplesOf(registry, 'a_total')).toEqual([
    ['0', 'y', 2],
    ['1', 'y', 1],
    ['other', 'other', 3],
  ])
  expect(samplesOf(registry, 'sluice_metrics_series_dropped_total')).toEqual([['a_total', 3]])
})

test('the registry reports problems of every metric', () => {
  const registry = createRegistry({ maxSeries: 1 })
  for (const name of ['a', 'b', 'c']) {
    const collect = () => {
      throw new Error('gone')
    }
    registry.gauge({ name, help: '', collect })
    registry
      .histogram({ name: `h_${name}`, help: '', labels: ['x'] })
      .with('1')
      .observe(Number.NaN)
    const full = registry.counter({ name: `full_${name}`, help: '', labels: ['x'] })
    for (const value of ['1', '2']) full.with(value)
  }
  expect(samplesOf(registry, 'sluice_metrics_series_dropped_total')).toHaveLength(3)
  expect(samplesOf(registry, 'sluice_metrics_collect_failures_total')).toHaveLength(3)
  expect(samplesOf(registry, 'sluice_metrics_observations_ignored_total')).toHaveLength(3)
})

test('a removed series is not rendered, and another can take its place', () => {
  const registry = createRegistry({ maxSeries: 1 })
  const family = registry.gauge({ name: 'g', help: 'g', labels: ['endpoint'] })
  const long = 'x'.repeat(300)
  family.with(long).set(1)
  family.remove('never there')
  family.remove(long)
  family.with('b').set(2)
  expect(samplesOf(registry, 'g')).toEqual([['b', 2]])
  expect(samplesOf(registry, 'sluice_metrics_series_dropped_total')).toEqual([])
})

test('a counter ignores negative and non-finite numbers', () => {
  const registry = createRegistry({ maxSeries: 1 })
  const child = registry.counter({ name: 'a_total', help: 'a' }).with()
  for (const by of [1, 0.5, -1, 0, Number.NaN, Infinity, -Infinity]) child.inc(by)
  expect(samplesOf(registry, 'a_total')).toEqual([[1.5]])
})

test('le is an ordinary label of metrics without buckets', () => {
  const registry = createRegistry({ maxSeries: 1 })
  registry.gauge({ name: 'g', help: 'g', labels: ['le'] }).with('1')
  expect(samplesOf(registry, 'g')).toEqual([['1', 0]])
})

test('a gauge goes up and down and may have any value', () => {
  const registry = createRegistry({ maxSeries: 3 })
  const family = registry.gauge({ name: 'g', help: 'g', labels: ['x'] })
  family.with('a').inc()
  family.with('a').inc(3)
  family.with('a').dec()
  family.with('a').dec(5)
  family.with('b').set(-Infinity)
  family.with('c').set(Number.NaN)
  expect(samplesOf(registry, 'g')).toEqual([
    ['a', -2],
    ['b', -Infinity],
    ['c', Number.NaN],
  ])
})

test('non-finite observations are ignored and counted', () => {
  const registry = createRegistry({ maxSeries: 1 })
  const child = registry.histogram({ name: 'h', help: 'h', buckets: [1] }).with()
  for (const value of [Number.NaN, Infinity, -Infinity, 2]) child.observe(value)
  expect(sectionOf(registry, 'h').samples.map(({ value }) => value)).toEqual([0, 1, 2, 1])
  expect(samplesOf(registry, 'sluice_metrics_observations_ignored_total')).toEqual([['h', 3]])
})

test('values that are read at the scrape replace those of the scrape before', () => {
  const registry = createRegistry({ maxSeries: 10 })
  let depths: Record<string, number> = { a: 1, b: 2 }
  registry.gauge({
    name: 'depth',
    help: 'Depth.',
    labels: ['queue'],
    collect: (set) => Object.entries(depths).forEach(([queue, depth]) => set([queue], depth)),
  })
  expect(samplesOf(registry, 'depth')).toEqual([
    ['a', 1],
    ['b', 2],
  ])
  depths = { b: 3 }
  expect(samplesOf(registry, 'depth')).toEqual([['b', 3]])
})

test('a value that cannot be read does not affect the others, and the failure is in the same scrape', () => {
  const registry = createRegistry({ maxSeries: 10 })
  registry.counter({
    name: 'broken_total',
    help: 'Broken.',
    collect: () => {
      throw new Error('gone')
    },
  })
  registry.gauge({ name: 'fine', help: 'Fine.', collect: (set) => set([], 1) })
  expect(samplesOf(registry, 'sluice_metrics_collect_failures_total')).toEqual([['broken_total', 1]])
  expect(samplesOf(registry, 'fine')).toEqual([[1]])
})

test.each([
  ['a bad name', (registry: Registry) => registry.counter({ name: 'a-b', help: '' }), '"a-b" is not a metric name'],
  ['a name of two lines', (registry: Registry) => registry.counter({ name: 'a\n', help: '' }), 'is not a metric name'],
  [
    'a bad label',
    (registry: Registry) => registry.gauge({ name: 'a', help: '', labels: ['0'] }),
    '"0" cannot be a label of the gauge a',
  ],
  [
    'a reserved label',
    (registry: Registry) => registry.gauge({ name: 'a', help: '', labels: ['__x'] }),
    '"__x" cannot be a label',
  ],
  [
    'le on a histogram',
    (registry: Registry) => registry.histogram({ name: 'a', help: '', labels: ['le'] }),
    '"le" cannot be a label',
  ],
  [
    'a label twice',
    (registry: Registry) => registry.gauge({ name: 'a', help: '', labels: ['x', 'x'] }),
    'has a label twice',
  ],
  [
    'a name that is taken',
    (registry: Registry) => registry.gauge({ name: 'taken', help: '' }),
    'The metric name taken is taken',
  ],
  [
    'the name of a histogram',
    (registry: Registry) => registry.gauge({ name: 'h', help: '' }),
    'The metric name h is taken',
  ],
  [
    'the sum of a histogram',
    (registry: Registry) => registry.gauge({ name: 'h_sum', help: '' }),
    'The metric name h_sum is taken',
  ],
  [
    'a histogram over a counter',
    (registry: Registry) => registry.histogram({ name: 'c', help: '' }),
    'The metric name c_count is taken',
  ],
  [
    'buckets that fall',
    (registry: Registry) => registry.histogram({ name: 'a', help: '', buckets: [2, 1] }),
    'must be finite and ascend',
  ],
  [
    'buckets that repeat',
    (registry: Registry) => registry.histogram({ name: 'a', help: '', buckets: [1, 1] }),
    'must be finite and ascend',
  ],
  [
    'the bucket +Inf',
    (registry: Registry) => registry.histogram({ name: 'a', help: '', buckets: [1, Infinity] }),
    'must be finite',
  ],
  [
    'no buckets',
    (registry: Registry) => registry.histogram({ name: 'a', help: '', buckets: [] }),
    'must be finite and ascend',
  ],
])('%s is rejected when the metric is created, and does not reserve a name', (_name, create, message) => {
  const registry = createRegistry({ maxSeries: 1 })
  registry.counter({ name: 'taken', help: '' })
  registry.histogram({ name: 'h', help: '' })
  registry.counter({ name: 'c_count', help: '' })
  expect(() => create(registry)).toThrow(TypeError)
  expect(() => create(registry)).toThrow(message)
})
