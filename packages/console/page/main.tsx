import { render } from 'solid-js/web'
import './styles/base.css'
import { App } from './views/app.jsx'
import { watchTheme } from './state/theme.js'

watchTheme()
const root = document.getElementById('app')
if (root) render(() => <App />, root)
