// Editors, documents and terminals.
import type { App } from './app.js';

export const editors: readonly App[] = [
  {
    name: 'pdf.js',
    bundle: true,
    code: `import * as pdfjs from 'pdfjs-dist';
      pdfjs.GlobalWorkerOptions.workerSrc = '/m/pdfjs-dist/build/pdf.worker.mjs';
      const source = '%PDF-1.4\\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj '
        + '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj '
        + '4 0 obj<</Length 38>>stream\\nBT /F 24 Tf 20 100 Td (Forty two) Tj ET\\nendstream endobj '
        + '5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\\ntrailer<</Root 1 0 R>>';
      const pdf = await pdfjs.getDocument({ data: new TextEncoder().encode(source) }).promise;
      const content = await (await pdf.getPage(1)).getTextContent();
      result({ pages: pdf.numPages, text: content.items.map((item) => item.str).join('') });`,
    expect: 'Forty two',
  },
  {
    name: 'monaco-editor',
    script: 'monaco-editor/min/vs/loader.js',
    code: `require.config({ paths: { vs: '/m/monaco-editor/min/vs' } });
      const monaco = await new Promise((done, failed) => require(['vs/editor/editor.main'], (loaded) => done(loaded ?? globalThis.monaco), failed));
      const model = monaco.editor.createModel('{"a": 1,, }', 'json');
      monaco.editor.create(document.body.appendChild(Object.assign(document.createElement('div'), { style: 'height:200px' })), { model });
      for (let i = 0; i < 200; i += 1) {
        const markers = monaco.editor.getModelMarkers({ resource: model.uri });
        if (markers.length > 0) return markers.map((marker) => marker.message).sort();
        await new Promise((done) => setTimeout(done, 100));
      }
      return 'no markers';`,
    expect: 'xpected',
  },
  {
    name: 'ace',
    script: 'ace-builds/src-noconflict/ace.js',
    code: `ace.config.set('basePath', location.origin + '/m/ace-builds/src-noconflict');
      const editor = ace.edit(document.body.appendChild(Object.assign(document.createElement('div'), { style: 'height:100px' })));
      editor.session.setMode('ace/mode/json');
      editor.setValue('{"a": 1,, }');
      return new Promise((done) => editor.session.on('changeAnnotation', () => {
        const found = editor.session.getAnnotations();
        if (found.length > 0) done(found.map((one) => one.text));
      }));`,
    expect: '["',
  },
  {
    name: 'codemirror',
    bundle: true,
    code: `import { EditorView, basicSetup } from 'codemirror';
      import { javascript } from '@codemirror/lang-javascript';
      import { ensureSyntaxTree } from '@codemirror/language';
      const view = new EditorView({ doc: 'let answer = 42;', extensions: [basicSetup, javascript()], parent: document.body });
      result({ tree: ensureSyntaxTree(view.state, 16, 10_000).toString(), text: view.contentDOM.textContent });`,
    expect: 'VariableDeclaration',
  },
  {
    name: 'xterm',
    bundle: true,
    code: `import { Terminal } from '@xterm/xterm';
      const terminal = new Terminal({ cols: 40, rows: 5 });
      terminal.open(document.body.appendChild(document.createElement('div')));
      terminal.write('forty \\u001b[1mtwo\\u001b[0m', () => result(terminal.buffer.active.getLine(0).translateToString(true)));`,
    expect: 'forty two',
  },
  {
    name: 'shiki',
    bundle: true,
    code: `import { createHighlighterCore } from 'shiki/core';
      import { createOnigurumaEngine } from 'shiki/engine/oniguruma';
      import language from '@shikijs/langs/javascript';
      import theme from '@shikijs/themes/nord';
      const shiki = await createHighlighterCore({ langs: [language], themes: [theme], engine: createOnigurumaEngine(import('shiki/wasm')) });
      result(shiki.codeToHtml('let answer = 42', { lang: 'javascript', theme: 'nord', tokenizeTimeLimit: 0 }));`,
    expect: '<pre class=',
  },
  {
    name: 'web-tree-sitter',
    bundle: true,
    code: `import { Language, Parser } from 'web-tree-sitter';
      await Parser.init({ locateFile: () => '/m/web-tree-sitter/web-tree-sitter.wasm' });
      const parser = new Parser();
      parser.setLanguage(await Language.load('/m/tree-sitter-javascript/tree-sitter-javascript.wasm'));
      result(parser.parse('let answer = 40 + 2').rootNode.toString());`,
    expect: 'binary_expression',
  },
];
