import { describeTaking } from '../storage/taking-runs.js';

describeTaking(['EIO', 'EROFS', 'EACCES', 'EMFILE', 'EDQUOT', 'EPERM', 'ESTALE'], ['ENOSPC', 'EIO']);
