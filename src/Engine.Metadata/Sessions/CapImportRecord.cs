namespace Engine.Metadata;

/// <summary>What the new authority made of a <see cref="CapExportRecord"/>; the old one tells the client.</summary>
/// <param name="Client">Who has it.</param>
/// <param name="CapId">Its id at the new authority.</param>
/// <param name="IssueSeq">Number of the message that will give it to the client.</param>
/// <param name="MigrationSeq">Its migration number.</param>
public readonly record struct CapImportRecord(ClientId Client, ulong CapId, uint IssueSeq, uint MigrationSeq);
