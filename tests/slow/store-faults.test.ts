import { describeFaults } from '../storage/store-faults.js';

describeFaults([
  'ENOSPC',
  'EIO',
  'EROFS',
  'EACCES',
  'EMFILE',
  'ENFILE',
  'EDQUOT',
  'EFBIG',
  'EPERM',
  'ESTALE',
  'Unknown system error -122',
]);
