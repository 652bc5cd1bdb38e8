import { describeFaults } from './store-faults.js';

// The slow tests have the others.
describeFaults(['ENOSPC', 'EACCES'], ['ENOSPC']);
