import { describeFaults } from './store-faults.js';

describeFaults(['ENOSPC', 'EACCES']);
