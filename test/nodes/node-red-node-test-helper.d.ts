/** The part of the test helper that these tests use; the package brings no types. */
declare module 'node-red-node-test-helper' {
  import type { Node, NodeAPI } from 'node-red';

  interface Helper {
    settings(settings: object): object;
    load(nodes: Array<(RED: NodeAPI) => void>, flow: object[], credentials?: object): Promise<void>;
    unload(): Promise<void>;
    setFlows(flow: object[], type?: 'full' | 'nodes'): Promise<void>;
    /** stops the flows as at Node-RED's end */
    clearFlows(): Promise<void>;
    /** a spy on what is logged */
    log(): { args: Array<[{ level: number; msg: unknown }]> };
    getNode(id: string): Node;
    /** asks the admin server, as supertest does */
    request(): Record<'get' | 'head' | 'options' | 'put' | 'post', (path: string) => Request>;
  }
  interface Request extends Promise<{ status: number; body: unknown; text: string; headers: Record<string, string> }> {
    send(body: unknown): Request;
    set(header: string, value: string): Request;
  }
  const helper: Helper;
  export = helper;
}
