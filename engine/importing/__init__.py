"""Problems in other projects' layouts, made into problem folders."""
