import { toErrorRecord } from '../../base/errors';
import type { QueueAddress } from './address';
import { type News, QueueConnection, type QueueTimes } from './connection';
import type { Drivers } from './drivers';

/** How the queue's server is, as this process finds it. */
export interface LinkState {
  /** it answered when it was asked last */
  answers: boolean;
  /** what went wrong last; null: nothing since it answered */
  problem: string | null;
  /** how often the connection was made anew */
  rebuilt: number;
}

/**
 * The way to a queue's server, watched: where it has not answered for long though it was asked, connections are thrown away
 * and made anew, for some come back from a restart or a cut network without hearing anything any more.
 */
export class QueueLink {
  private connection: QueueConnection;
  private answered = performance.now();
  private problem: string | null = null;
  private rebuilt = 0;
  private readonly listeners: Array<(news: News) => void> = [];
  private closed = false;

  constructor(
    private readonly address: QueueAddress,
    private readonly drivers: Drivers,
    readonly times: QueueTimes,
  ) {
    this.connection = new QueueConnection(address, drivers, times);
  }

  get state(): LinkState {
    return { answers: this.problem === null, problem: this.problem, rebuilt: this.rebuilt };
  }

  /** Asks the server. @throws as {@link QueueConnection.ask} */
  async ask<T>(doing: string, work: (connection: QueueConnection) => Promise<T>): Promise<T> {
    const { connection } = this;
    try {
      const answer = await connection.ask(doing, () => work(connection));
      this.heard();
      return answer;
    } catch (error) {
      const { code, message } = toErrorRecord(error);
      if (code !== 'busy') this.heard();
      else this.unheard(connection, message);
      throw error;
    }
  }

  /** Tells the others at once, where that is possible. */
  publish(news: News): void {
    if (!this.closed) this.connection.publish(news);
  }

  listen(listener: (news: News) => void): void {
    this.listeners.push(listener);
    this.connection.listen(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connection.close();
  }

  private heard(): void {
    this.answered = performance.now();
    this.problem = null;
  }

  private unheard(connection: QueueConnection, problem: string): void {
    if (this.problem === null) this.answered = Math.max(this.answered, performance.now() - this.times.answerMs);
    this.problem = problem;
    const isOver = performance.now() - this.answered > this.times.rebuildMs;
    if (!isOver || this.closed || connection !== this.connection) return;
    this.answered = performance.now();
    this.rebuilt++;
    void connection.close();
    this.connection = new QueueConnection(this.address, this.drivers, this.times);
    for (const listener of this.listeners) this.connection.listen(listener);
  }
}
