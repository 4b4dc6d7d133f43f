import { createRequire } from 'node:module';
import path from 'node:path';

/** The palette that speaks OPC UA; it is heavy, and no dependency: `npm install --no-save` of it has its tests run. */
export const PALETTE = 'node-red-contrib-opcua@0.2.354';

interface Variable {
  setValueFromSource(value: object, status?: object): void;
  readValue(): { value: { value: unknown } };
}

/** What is used of node-opcua, which comes with the palette. */
interface NodeOpcua {
  OPCUAServer: new (
    options: object,
  ) => {
    initialize(): Promise<void>;
    start(): Promise<void>;
    shutdown(ms: number): Promise<void>;
    engine: {
      addressSpace: {
        rootFolder: { objects: object };
        registerNamespace(uri: string): { index: number; addVariable(options: object): Variable };
      };
    };
  };
  OPCUACertificateManager: new (options: object) => object;
  StatusCodes: { BadStateNotActive: object };
}

/** Resolves node-opcua of the installed palette. @returns null where the palette is not installed */
export function installedOpcua(): NodeOpcua | null {
  const name = PALETTE.slice(0, PALETTE.lastIndexOf('@'));
  try {
    return createRequire(require.resolve(`${name}/package.json`))('node-opcua') as NodeOpcua;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** A server with what the example flow reads and writes, under the node ids that stand in it. */
export class OpcuaServer {
  private constructor(
    private readonly opcua: NodeOpcua,
    private readonly server: InstanceType<NodeOpcua['OPCUAServer']>,
    private readonly currentState: Variable,
    private readonly variables: Map<string, Variable>,
  ) {}

  /** @param folder for the server's certificate */
  static async start(opcua: NodeOpcua, port: number, folder: string, state: string): Promise<OpcuaServer> {
    const rootFolder = path.join(folder, 'server-certificates');
    const server = new opcua.OPCUAServer({
      ...{ port, host: '127.0.0.1', hostname: 'localhost', alternateHostname: 'localhost' },
      serverCertificateManager: new opcua.OPCUACertificateManager({ rootFolder }),
    });
    await server.initialize();
    const { addressSpace } = server.engine;
    const own = addressSpace.registerNamespace('urn:microscope');
    const organizedBy = addressSpace.rootFolder.objects;
    const add = (name: string, dataType: string) =>
      own.addVariable({ organizedBy, dataType, browseName: name, nodeId: `ns=${own.index};s=${name}` });
    const currentState = add('Microscope.FunctionalUnit.CurrentState', 'LocalizedText');
    const names = ['State', 'Sample', 'Job', 'Verdict', 'Reason'];
    const variables = new Map(names.map((name) => [name, add(`Segmentation.${name}`, 'String')]));
    const started = new OpcuaServer(opcua, server, currentState, variables);
    for (const variable of variables.values()) variable.setValueFromSource({ dataType: 'String', value: '' });
    started.enter(state);
    await server.start();
    return started;
  }

  /** Sets the state of the functional unit. */
  enter(text: string): void {
    this.currentState.setValueFromSource({ dataType: 'LocalizedText', value: { text } });
  }

  /** Has the state be unknown, as of a device that sleeps. */
  sleep(): void {
    this.currentState.setValueFromSource({ dataType: 'Null' }, this.opcua.StatusCodes.BadStateNotActive);
  }

  /** What was written. */
  values(): Record<string, unknown> {
    return Object.fromEntries([...this.variables].map(([name, variable]) => [name, variable.readValue().value.value]));
  }

  stop(): Promise<void> {
    return this.server.shutdown(0);
  }
}
