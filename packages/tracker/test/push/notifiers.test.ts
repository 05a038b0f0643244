import { createHmac } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Alert, AlertsOptions, Logger } from '../../src/index.ts'
import { Alerts, alertmanagerNotifier, webhookNotifier } from '../../src/index.ts'
import type { Answer, Received } from '../receiver.ts'
import { receive } from '../receiver.ts'
import { eventually, statsOf } from '../stats.ts'

const rule = { id: 'r', metric: 'cpu_percent', above: 80, clearBelow: 60 } as const
const secretBytes = Buffer.from('0123456789abcdef0123456789abcdef')
const secret = `whsec_${secretBytes.toString('base64')}`

const setUp = async (
  answer: (received: Received, count: number) => Answer | 'silence' | 'hang up',
  more: AlertsOptions & { webhook?: Parameters<typeof webhookNotifier>[1]; path?: string } = {},
) => {
  const receiver = await receive(answer)
  const logged: string[] = []
  const logger: Logger = {
    info: (message) => void logged.push(message),
    error: (message, error) =>
      void logged.push(`${message} ${String(error)} ${JSON.stringify(error)}`),
  }
  const { webhook, path = '/hook', ...options } = more
  const alerts = new Alerts({
    rules: [rule],
    notifiers: [webhookNotifier(receiver.url + path, webhook)],
    retryMs: 10,
    logger,
    ...options,
  })
  onTestFinished(() => alerts.stop())
  const cpu = (cpuPercent: number, timestamp = 1000) =>
    alerts.check(statsOf({ cpuPercent, timestamp }))
  const bodies = () => receiver.all.map(({ body }) => JSON.parse(body.toString()) as Alert)
  return { alerts, receiver, logged, cpu, bodies }
}

describe('a webhook', () => {
  it('gets what began and what ended, each under its own id, signed as Standard Webhooks asks', async () => {
    const { receiver, cpu, bodies } = await setUp(() => ({ status: 200 }), { webhook: { secret } })
    cpu(90)
    cpu(10, 2000)
    await eventually('both came', () => receiver.all.length === 2)
    expect(bodies()).toMatchObject([
      { id: 'r/w/1000', status: 'firing', value: 90, threshold: 80, end: null },
      { id: 'r/w/1000', status: 'resolved', value: 10, end: 'value', at: 2000 },
    ])
    for (const { headers, body } of receiver.all) {
      const parts = [headers['webhook-id'], headers['webhook-timestamp'], body.toString()]
      const expected = createHmac('sha256', secretBytes).update(parts.join('.')).digest('base64')
      expect(headers['webhook-signature']).toBe(`v1,${expected}`)
      expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(5)
    }
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-id'])).size).toBe(2)
  })

  it('is told of a workspace whatever it is called, under an id that fits into a header', async () => {
    const { alerts, receiver } = await setUp(() => ({ status: 200 }))
    const names = ['a b', 'é\r\nx: y', '😀', '\ud800', 'a/b%2F']
    for (const workspaceId of names) alerts.check(statsOf({ workspaceId, cpuPercent: 90 }))
    await eventually('all came', () => receiver.all.length === names.length)
    expect(receiver.all.every(({ headers }) => headers['x'] === undefined)).toBe(true)
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-id'])).size).toBe(5)
  })

  it('is tried again under the same id after a failure, a broken connection and a silence', async () => {
    const answers: readonly (Answer | 'silence' | 'hang up')[] = [
      { status: 500 },
      'hang up',
      'silence',
    ]
    const { alerts, receiver, cpu, logged } = await setUp(
      (_, count) => answers[count - 1] ?? { status: 200 },
      { webhook: { timeoutMs: 3000 } },
    )
    cpu(90)
    await eventually('the fourth try came', () => receiver.all.length === 4)
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([alerts.dropped, logged, receiver.all.length]).toEqual([0, [], 4])
  })

  it.each([400, 401, 404, 410, 302])('that answers %d is not asked again', async (status) => {
    const { alerts, receiver, cpu } = await setUp(() => ({
      status,
      headers: { location: 'http://127.0.0.1:1/elsewhere' },
    }))
    cpu(90)
    await eventually('it was given up', () => alerts.dropped === 1)
    expect(receiver.all).toHaveLength(1)
  })

  it('never has its path, its secret or its headers in a log line', async () => {
    const { alerts, logged, cpu } = await setUp(() => ({ status: 403 }), {
      path: '/services/T0K3N?key=K3Y',
      webhook: { secret, headers: { authorization: 'Bearer H34D3R' } },
    })
    cpu(90)
    await eventually('it was given up', () => alerts.dropped === 1)
    const unreachable = webhookNotifier('http://user:P4SS@127.0.0.1:1/T0K3N')
    await unreachable
      .notify(alerts.firing[0] as Alert, new AbortController().signal)
      .catch((error: unknown) =>
        logged.push(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).stack)}`),
      )
    expect(logged).toHaveLength(2)
    for (const hidden of [
      'T0K3N',
      'K3Y',
      'H34D3R',
      'P4SS',
      'whsec',
      secretBytes.toString('base64'),
    ])
      expect(logged.join() + unreachable.name).not.toContain(hidden)
  })

  it('takes credentials of its address as basic authentication', async () => {
    const { url, all } = await receive(() => ({ status: 200 }))
    const notifier = webhookNotifier(url.replace('//', '//us%40er:p:w@'))
    const { alerts, cpu } = await setUp(() => ({ status: 200 }))
    cpu(90)
    await notifier.notify(alerts.firing[0] as Alert, new AbortController().signal)
    expect(all[0]?.headers['authorization']).toBe(`Basic ${btoa('us@er:p:w')}`)
  })

  it.each(['', 'not a url', 'ftp://host/', 'javascript:alert(1)'])(
    'refuses the address "%s" without repeating it',
    (address) => {
      expect(() => webhookNotifier(address)).toThrow(TypeError)
      expect(() => alertmanagerNotifier(address)).toThrow(TypeError)
      try {
        webhookNotifier('secret-token-instead-of-url')
      } catch (error) {
        expect(String(error) + JSON.stringify(error)).not.toContain('secret-token')
      }
    },
  )

  it.each(['short', 'whsec_', `${secret}!`])('refuses the secret "%s"', (bad) =>
    expect(() => webhookNotifier('http://h/', { secret: bad })).toThrow(TypeError),
  )
})
