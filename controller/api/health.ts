import type { Controller } from '../loop/controller.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { Refusal, type Route } from './route.ts';

/** What watches a controller asks for: it needs a token on the network too, as it tells names. */
export function healthRoutes(controller: Controller, metrics: Metrics | undefined): readonly Route[] {
  const common = { method: 'GET', role: 'view', answer: 'text' } as const;
  return [
    {
      ...common,
      path: '/healthz',
      summary: 'Whether the controller answers',
      run: () => 'ok\n',
    },
    {
      ...common,
      path: '/readyz',
      summary: 'Whether every source was looked at since the controller began',
      run: () => {
        const missing = [...controller.loops].flatMap(([name, { recorder, view }]) =>
          view() === undefined && recorder.conditions.length === 0 ? [name] : [],
        );
        if (missing.length === 0) return 'ok\n';
        throw new Refusal(
          503,
          'host.unknown',
          `not looked at yet: ${missing.join(', ')}`,
          'ask again in a moment',
        );
      },
    },
    ...(metrics === undefined
      ? []
      : [
          {
            ...common,
            path: '/metrics',
            summary: 'Metrics in the text format of Prometheus',
            run: () => metrics.text(),
          },
        ]),
  ];
}
