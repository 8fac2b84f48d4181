// Maps, graphs, scenes and physics.
import type { App } from './app.js';

export const drawing: readonly App[] = [
  {
    name: 'leaflet',
    bundle: true,
    code: `import L from 'leaflet';
      const map = L.map(document.body.appendChild(Object.assign(document.createElement('div'), { style: 'width:400px;height:300px' })));
      map.setView([51.5, -0.09], 13);
      L.marker([51.5, -0.09]).addTo(map);
      result({ zoom: map.getZoom(), point: map.latLngToContainerPoint([51.5, -0.09]), markers: document.querySelectorAll('.leaflet-marker-icon').length });`,
    expect: '"zoom":13',
  },
  {
    name: 'maplibre-gl',
    graphics: true,
    code: `const { Map, config, setWorkerUrl } = await import('/m/maplibre-gl/dist/maplibre-gl.mjs');
      setWorkerUrl?.(location.origin + '/m/maplibre-gl/dist/maplibre-gl-worker.mjs');
      const container = document.body.appendChild(Object.assign(document.createElement('div'), { style: 'width:200px;height:200px' }));
      const square = { type: 'Polygon', coordinates: [[[-40, -40], [40, -40], [40, 40], [-40, 40], [-40, -40]]] };
      const style = { version: 8, sources: { a: { type: 'geojson', data: { type: 'Feature', properties: { n: 42 }, geometry: square } } }, layers: [{ id: 'a', type: 'fill', source: 'a' }] };
      const map = new Map({ container, style, center: [0, 0], zoom: 1 });
      return new Promise((done, failed) => {
        map.on('error', ({ error }) => failed(error));
        map.on('idle', () => done([...new Set(map.queryRenderedFeatures({ layers: ['a'] }).map(({ properties }) => properties.n))]));
      });`,
    expect: '[42]',
  },
  {
    name: 'three',
    graphics: true,
    bundle: true,
    code: `import * as THREE from 'three';
      const renderer = new THREE.WebGLRenderer();
      renderer.setSize(16, 16);
      const scene = new THREE.Scene();
      scene.add(new THREE.Mesh(new THREE.BoxGeometry(2, 2, 2), new THREE.MeshBasicMaterial({ color: 0xff0000 })));
      const camera = new THREE.PerspectiveCamera(60, 1, 0.1, 10);
      camera.position.z = 3;
      const target = new THREE.WebGLRenderTarget(16, 16);
      renderer.setRenderTarget(target); renderer.render(scene, camera);
      const pixel = new Uint8Array(4);
      renderer.readRenderTargetPixels(target, 8, 8, 1, 1, pixel);
      result([...pixel]);`,
    expect: '[255,0,0,255]',
  },
  {
    name: 'pixi.js',
    bundle: true,
    code: `import { Application, Graphics } from 'pixi.js';
      const app = new Application();
      await app.init({ width: 32, height: 32, preference: 'webgl' });
      app.stage.addChild(new Graphics().rect(0, 0, 32, 32).fill(0x00ff00));
      const { pixels, width, height } = app.renderer.extract.pixels(app.stage);
      result({ width, height, pixel: [...pixels.slice(0, 4)] });`,
    expect: '"pixel":[0,255,0,255]',
  },
  {
    name: 'rapier3d',
    bundle: true,
    code: `import RAPIER from '@dimforge/rapier3d-compat';
      await RAPIER.init();
      const world = new RAPIER.World({ x: 0, y: -9.81, z: 0 });
      const ball = world.createRigidBody(RAPIER.RigidBodyDesc.dynamic().setTranslation(0, 10, 0));
      world.createCollider(RAPIER.ColliderDesc.ball(0.5), ball);
      world.createCollider(RAPIER.ColliderDesc.cuboid(10, 0.1, 10));
      for (let step = 0; step < 240; step += 1) world.step();
      result({ height: ball.translation().y.toFixed(2) });`,
    expect: '"height":"0.6',
  },
  {
    name: 'graphviz',
    bundle: true,
    code: `import { Graphviz } from '@hpcc-js/wasm-graphviz';
      const graphviz = await Graphviz.load();
      result(graphviz.dot('digraph { forty -> two }'));`,
    expect: '<svg',
  },
];
