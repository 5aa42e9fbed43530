import { expect, test } from 'bun:test'
import type { Part } from '../../chat/part.ts'
import { sealCalls } from './call-seals.ts'

const call: Part = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }
const foreign = { origin: 'gemini', signature: 's' }
const thought = (more: object): Part => ({ type: 'reasoning', text: '', ...more })

test.each<[string, Part[], Part[]]>([
  ['a foreign signature before a call is the call’s', [thought({ seal: foreign }), call], [{ ...call, seal: foreign }]],
  [
    'one before each of two calls',
    [thought({ seal: foreign }), call, thought({ seal: foreign }), call],
    [
      { ...call, seal: foreign },
      { ...call, seal: foreign },
    ],
  ],
  ['one that no call follows stays', [thought({ seal: foreign })], [thought({ seal: foreign })]],
  [
    'reasoning with a text stays',
    [thought({ text: 'hm', seal: foreign }), call],
    [thought({ text: 'hm', seal: foreign }), call],
  ],
  [
    'sealed reasoning of the language’s own stays',
    [thought({ seal: { ...foreign, origin: 'own' } }), call],
    [thought({ seal: { ...foreign, origin: 'own' } }), call],
  ],
  [
    'hidden reasoning is no signature',
    [thought({ seal: { origin: 'anthropic', data: 'd' } }), call],
    [thought({ seal: { origin: 'anthropic', data: 'd' } }), call],
  ],
])('%s', (_, parts, sealed) => expect(sealCalls(parts, 'own')).toEqual(sealed))
