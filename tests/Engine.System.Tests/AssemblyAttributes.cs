// Loop devices, memory and killed processes are the machine's, not a class's: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
