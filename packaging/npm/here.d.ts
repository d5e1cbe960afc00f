/** The folder of this package. */
export declare const here: string

/** The package that a file belongs to, as a module of our kind. */
export declare function moduleOf (file: string): Promise<any>
