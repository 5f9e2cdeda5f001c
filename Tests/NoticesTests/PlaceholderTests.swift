import Notices
